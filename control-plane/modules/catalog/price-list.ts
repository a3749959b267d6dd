import type { ConditionalPrice, MatchLogic, ModelInfo, ModelPrice } from '@pydantic/genai-prices'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import { NANODOLLARS_PER_DOLLAR } from '../../../shared/money/nanodollars.ts'
import type { Price, TokenRates } from '../../../shared/money/price.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import { familyOf } from './model-families.ts'

/** A model as a gateway offers it. */
export interface PriceListOffer {
  /** The model's name in the gateway's own words. */
  readonly upstreamModel: string
  /** The ids it is called by here. What two gateways offer under one id is one model. */
  readonly ids: readonly string[]
  /** Its entry of the price list; null: it has none. */
  readonly info: ModelInfo | null
}

/** A gateway and what it offers. */
export interface PriceListSource {
  readonly gateway: Gateway
  readonly offers: readonly PriceListOffer[]
  readonly authorOf: (name: string) => string
}

export interface PriceListFacts {
  /** Names the list, for example `genai-prices@0.1.8`. */
  readonly version: string
  /** Prices change at dates the list knows beforehand. */
  readonly at: Date
}

/**
 * Makes catalog models of a price list. Pure. The rules are the list's own: a class of tokens without a price of its
 * own is priced as the class it is part of (cache reads and writes and audio as input, audio as output), a tier holds
 * for a whole call whose prompt is longer than its start, and of several prices the last one that has begun holds.
 * A price that this vocabulary cannot state exactly is left unknown.
 */
export function modelsOfPriceList(sources: readonly PriceListSource[], facts: PriceListFacts): SnapshotModel[] {
  const models = new Map<string, SnapshotModel>()
  for (const source of sources) {
    for (const offer of source.offers) addModels(models, { source, offer, facts })
  }
  return [...models.values()]
}

interface Addition {
  readonly source: PriceListSource
  readonly offer: PriceListOffer
  readonly facts: PriceListFacts
}

function addModels(models: Map<string, SnapshotModel>, { source, offer, facts }: Addition): void {
  const { gateway, authorOf } = source
  const { upstreamModel, ids, info } = offer
  const endpoint = { gateway, upstreamModel, price: info && priceOf(info, facts), credentialId: null }
  const { capabilities, maxOutputTokens, contextWindow } = familyOf(upstreamModel)
  for (const id of ids) {
    const known = models.get(id)
    if (known?.endpoints.some((each) => each.gateway === gateway)) continue
    if (known) {
      models.set(id, { ...known, endpoints: [...known.endpoints, endpoint] })
      continue
    }
    models.set(id, {
      id,
      author: authorOf(upstreamModel),
      name: info?.name ?? id,
      kind: /embed/i.test(upstreamModel) ? 'embedding' : 'chat',
      contextWindow: info?.context_window ?? contextWindow,
      maxOutputTokens,
      capabilities: capabilities && [...capabilities],
      endpoints: [endpoint],
    })
  }
}

/** The models that the list has under exact names, dated versions for example; a pattern is no name. */
export function namedOffers(models: readonly ModelInfo[], serves: (name: string) => boolean): PriceListOffer[] {
  return models.flatMap((info) =>
    [...new Set([info.id, ...exactNames(info.match)])]
      .filter(serves)
      .map((name) => ({ upstreamModel: name, ids: [name], info })),
  )
}

function exactNames(match: MatchLogic): string[] {
  if ('equals' in match) return [match.equals]
  return 'or' in match ? match.or.flatMap(exactNames) : []
}

/** The price at a time, in nano-dollars; null: not known. */
export function priceOf(info: ModelInfo, { version, at }: PriceListFacts): (Price & SnapshotPrice) | null {
  const current = Array.isArray(info.prices) ? currentPrice(info.prices, at) : { prices: info.prices, since: null }
  if (!current || isBeyondRates(current.prices)) return null
  const { prices, since } = current
  if (prices['input_mtok'] === undefined && !isFree(info)) return null
  const starts = new Set(
    Object.values(prices)
      .flatMap((value) => (typeof value === 'object' ? value.tiers : []))
      .map((tier) => tier.start),
  )
  return {
    version: since === null ? version : `${version}/${since}`,
    rates: ratesAt(prices, { tokens: 0, info }),
    tiers: [...starts]
      .sort((left, right) => left - right)
      .map((start) => ({ aboveInputTokens: start, ...ratesAt(prices, { tokens: start + 1, info }) })),
    perRequestNanodollars: Math.round((amountAt(prices, 'requests_kcount', 0) ?? 0) * (NANODOLLARS_PER_DOLLAR / 1_000)),
  }
}

type SnapshotPrice = NonNullable<SnapshotModel['endpoints'][number]['price']>

function currentPrice(
  list: readonly ConditionalPrice[],
  at: Date,
): { prices: ModelPrice; since: string | null } | null {
  for (const { constraint, prices } of list.toReversed()) {
    if (constraint === undefined) return { prices, since: null }
    // A price that changes with the time of day has no one value to publish.
    if (constraint.type !== 'start_date') return null
    if (at >= new Date(constraint.start_date)) return { prices, since: constraint.start_date }
  }
  return list[0] ? { prices: list[0].prices, since: null } : null
}

/** Prices for what our usage does not tell apart: reasoning that costs more than other output, sound by the hour. */
function isBeyondRates(prices: ModelPrice): boolean {
  const reasoning = prices['output_reasoning_mtok']
  if (reasoning !== undefined && JSON.stringify(reasoning) !== JSON.stringify(prices['output_mtok'])) return true
  return Object.keys(prices).some((key) => key.endsWith('_hours') || key.endsWith('_mchars'))
}

/** OpenRouter's free variants have no price in the list, and none to pay. */
function isFree(info: ModelInfo): boolean {
  return info.id.endsWith(':free') && !Array.isArray(info.prices) && Object.keys(info.prices).length === 0
}

function ratesAt(prices: ModelPrice, { tokens, info }: { tokens: number; info: ModelInfo }): TokenRates {
  const rate = (key: string, perMillion = 1): number | null => {
    const dollars = amountAt(prices, key, tokens)
    if (dollars === null) return isFree(info) ? 0 : null
    return Math.round(dollars * perMillion * NANODOLLARS_PER_DOLLAR)
  }
  const input = rate('input_mtok')
  const output = rate('output_mtok')
  const cacheWrite = rate('cache_write_mtok')
  return {
    input,
    cacheRead: rate('cache_read_mtok') ?? input,
    cacheWrite: cacheWrite ?? input,
    cacheWrite1h: rate('cache_write_1h_mtok') ?? hourlyCacheWrite({ input, cacheWrite }, info),
    inputAudio: rate('input_audio_mtok') ?? input,
    inputImage: rate('input_image_mtok') ?? input,
    output,
    outputAudio: rate('output_audio_mtok') ?? output,
    outputImage: rate('output_image_mtok') ?? output,
    // The list has dollars for a thousand searches, a rate is for a million.
    webSearch: rate('web_searches_kcount', 1_000),
  }
}

/**
 * Of Claude at other gateways the list does not say what an hour in the cache costs, and would price it as five minutes.
 * It is twice the input, on every platform: https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing
 */
function hourlyCacheWrite(
  { input, cacheWrite }: { input: number | null; cacheWrite: number | null },
  { id }: ModelInfo,
): number | null {
  if (cacheWrite === null) return input
  return id.includes('claude') && input !== null ? 2 * input : cacheWrite
}

function amountAt(prices: ModelPrice, key: string, tokens: number): number | null {
  const value = prices[key]
  if (value === undefined) return null
  if (typeof value === 'number') return value
  return value.tiers
    .toSorted((left, right) => left.start - right.start)
    .reduce((price, tier) => (tokens > tier.start ? tier.price : price), value.base)
}
