import type { MatchLogic, ModelInfo } from '@pydantic/genai-prices'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import { datedPrices, type DatedPrice } from './dated-prices.ts'
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

/** A model, and what it costs at each gateway. */
export interface PricedModel {
  /** Its endpoints are without prices. */
  readonly model: SnapshotModel
  readonly prices: readonly EndpointPrices[]
}

export interface EndpointPrices {
  readonly gateway: Gateway
  /** Ordered by `effectiveFrom`; the first one holds before it as well. */
  readonly versions: readonly DatedPrice[]
}

/**
 * Makes catalog models of what gateways offer. Pure.
 *
 * @param version names the list, for example `genai-prices@0.1.8`
 */
export function modelsOfPriceList(sources: readonly PriceListSource[], version: string): PricedModel[] {
  const models = new Map<string, PricedModel>()
  for (const source of sources) {
    for (const offer of source.offers) addModels(models, { source, offer, version })
  }
  return [...models.values()]
}

interface Addition {
  readonly source: PriceListSource
  readonly offer: PriceListOffer
  readonly version: string
}

function addModels(models: Map<string, PricedModel>, { source, offer, version }: Addition): void {
  const { gateway, authorOf } = source
  const { upstreamModel, ids, info } = offer
  const endpoint = { gateway, upstreamModel, price: null, credentialId: null }
  const prices = { gateway, versions: info ? datedPrices(info, version) : UNKNOWN }
  const { capabilities, maxOutputTokens, contextWindow } = familyOf(upstreamModel)
  for (const id of ids) {
    const known = models.get(id)
    if (known?.model.endpoints.some((each) => each.gateway === gateway)) continue
    if (known) {
      const model = { ...known.model, endpoints: [...known.model.endpoints, endpoint] }
      models.set(id, { model, prices: [...known.prices, prices] })
      continue
    }
    const model: SnapshotModel = {
      id,
      author: authorOf(upstreamModel),
      name: info?.name ?? id,
      kind: /embed/i.test(upstreamModel) ? 'embedding' : 'chat',
      contextWindow: info?.context_window ?? contextWindow,
      maxOutputTokens,
      capabilities: capabilities && [...capabilities],
      endpoints: [endpoint],
    }
    models.set(id, { model, prices: [prices] })
  }
}

const UNKNOWN: readonly DatedPrice[] = [{ effectiveFrom: 0, price: null }]

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
