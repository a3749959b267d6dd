import type { ConditionalPrice, ModelInfo, ModelPrice } from '@pydantic/genai-prices'
import { NANODOLLARS_PER_DOLLAR } from '../../../shared/money/nanodollars.ts'
import type { PriceNumbers, TokenRates } from '../../../shared/money/price.ts'
import type { DailyPrice, PriceAllDay } from '../../../shared/money/price-schedule.ts'

/** A price and since when it holds, in milliseconds since the epoch; 0: since always. */
export interface DatedPrice {
  readonly effectiveFrom: number
  /** Null: not known. */
  readonly price: PriceAllDay | null
}

/**
 * What a price list says of a model, in nano-dollars, from each of its dates on. Pure. The rules are the list's own: of
 * several prices the last one whose condition holds is taken, and the first one where none holds; a class of tokens
 * without a price of its own is priced as the class it is part of (cache reads and writes and audio as input, audio as
 * output); a tier holds for a whole call whose prompt is longer than its start. A price that this vocabulary cannot
 * state exactly is not known.
 *
 * @param version names the list, for example `genai-prices@0.1.8`; prices with a date or a time of the day add it
 * @returns ordered by `effectiveFrom`; the first one is 0
 */
export function datedPrices(info: ModelInfo, version: string): DatedPrice[] {
  const entries: readonly ConditionalPrice[] = Array.isArray(info.prices) ? info.prices : [{ prices: info.prices }]
  const starts = new Set(entries.flatMap((entry) => startOf(entry) ?? []))
  const dated = [0, ...[...starts].sort((left, right) => left - right)].map((effectiveFrom) => ({
    effectiveFrom,
    price: priceFrom(entries, effectiveFrom, { info, version }),
  }))
  return dated.filter((each, index) => index === 0 || !isSame(each.price, dated[index - 1]?.price ?? null))
}

function isSame(left: PriceAllDay | null, right: PriceAllDay | null): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

function startOf({ constraint }: ConditionalPrice): number | null {
  return constraint?.type === 'start_date' ? Date.parse(constraint.start_date) : null
}

interface Facts {
  readonly info: ModelInfo
  readonly version: string
}

function priceFrom(entries: readonly ConditionalPrice[], at: number, { info, version }: Facts): PriceAllDay | null {
  const index = entries.findLastIndex(
    (entry) => entry.constraint === undefined || (startOf(entry) ?? Number.POSITIVE_INFINITY) <= at,
  )
  const base = entries[index] ?? entries[0]
  if (base === undefined) return null
  const since = base.constraint?.type === 'start_date' ? `/${base.constraint.start_date}` : ''
  const numbers = numbersOf(base.prices, { info, version: `${version}${since}` })
  // Those before it never hold: the last one goes first.
  const daily = entries
    .slice(index + 1)
    .toReversed()
    .flatMap((entry) => dailyOf(entry, { info, version }))
  if (numbers === null || daily.includes(null)) return null
  return daily.length === 0 ? numbers : { ...numbers, daily: daily.filter((each) => each !== null) }
}

/** One price where the entry is for a time of the day, else none; null: not known. */
function dailyOf({ constraint, prices }: ConditionalPrice, { info, version }: Facts): (DailyPrice | null)[] {
  if (constraint?.type !== 'time_of_date') return []
  const { start_time: start, end_time: end } = constraint
  const [fromMs, toMs] = [timeOfDay(start), timeOfDay(end)]
  const numbers = numbersOf(prices, { info, version: `${version}/${start}-${end}` })
  return [numbers === null || fromMs === null || toMs === null ? null : { ...numbers, fromMs, toMs }]
}

const TIME = /^(\d{2}):(\d{2}):(\d{2}(?:\.\d{1,3})?)(?:Z|([+-])(\d{2}):(\d{2}))$/
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Milliseconds since midnight UTC of a time like `16:30:00Z`; null: it is none. */
export function timeOfDay(text: string): number | null {
  const found = TIME.exec(text)
  if (!found) return null
  const [, hours, minutes, seconds, sign = '+', offsetHours = 0, offsetMinutes = 0] = found
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1)
  const time = (Number(hours) * 60 + Number(minutes) - offset) * MINUTE_MS + Math.round(Number(seconds) * 1_000)
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) >= 60) return null
  return (time + DAY_MS) % DAY_MS
}

function numbersOf(prices: ModelPrice, { info, version }: Facts): PriceNumbers | null {
  if (isBeyondRates(prices)) return null
  if (prices['input_mtok'] === undefined && !isFree(info)) return null
  const starts = new Set(
    Object.values(prices)
      .flatMap((value) => (typeof value === 'object' ? value.tiers : []))
      .map((tier) => tier.start),
  )
  return {
    version,
    rates: ratesAt(prices, { tokens: 0, info }),
    tiers: [...starts]
      .sort((left, right) => left - right)
      .map((start) => ({ aboveInputTokens: start, ...ratesAt(prices, { tokens: start + 1, info }) })),
    perRequestNanodollars: Math.round((amountAt(prices, 'requests_kcount', 0) ?? 0) * (NANODOLLARS_PER_DOLLAR / 1_000)),
  }
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
