import { unknownPrice, type LaterPrice, type PriceSchedule } from '../../../shared/money/price-schedule.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { SnapshotEndpoint, SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import type { DatedPrice } from './dated-prices.ts'
import type { EndpointPrices } from './price-list.ts'

/** A price of a model at a gateway, and where it comes from. Ordered by `effectiveFrom` these are its history. */
export interface PriceVersion extends DatedPrice {
  /** The list: `genai-prices@0.1.8`, or the name of an uploaded file. */
  readonly source: string
  /** The reviewed proposal that brought it; null: the catalog began with it. */
  readonly proposalId: string | null
  readonly recordedAt: number
}

export interface PriceTimeline {
  readonly gateway: Gateway
  readonly versions: readonly PriceVersion[]
}

/** No call that has not ended yet began longer ago: bodies and answers have limits of minutes. */
export const LONGEST_CALL_MS = 3_600_000

/**
 * What serving has to know of a history: the price of the longest call that may still run, and all that come after it.
 *
 * @returns null where that price is not known
 */
export function scheduleAt(versions: readonly DatedPrice[], at: number): PriceSchedule | null {
  const [current, ...later] = pricesFrom(versions, at - LONGEST_CALL_MS)
  if (!current?.price) return null
  return later.length === 0 ? current.price : { ...current.price, later: later.map(toLaterPrice) }
}

/** The price that holds at a moment, with its own date, and those that come later. */
export function pricesFrom<Version extends DatedPrice>(versions: readonly Version[], at: number): Version[] {
  return versions.slice(Math.max(0, indexAt(versions, at)))
}

/** The price that holds at a moment; the first one also before it. */
export function priceVersionAt<Version extends DatedPrice>(versions: readonly Version[], at: number): Version | null {
  return versions[Math.max(0, indexAt(versions, at))] ?? null
}

function indexAt(versions: readonly DatedPrice[], at: number): number {
  return versions.findLastIndex(({ effectiveFrom }) => effectiveFrom <= at)
}

/** A price that ends where the next is not known must not go on: calls are then priced as unknown. */
function toLaterPrice({ effectiveFrom, price }: DatedPrice): LaterPrice {
  return { ...(price ?? unknownPrice('unknown')), effectiveFrom }
}

/**
 * A history that goes on with other prices from a moment on. What held before it stays as it was; what was to come after
 * it never will.
 */
export function changePricesFrom(
  versions: readonly PriceVersion[],
  prices: readonly PriceVersion[],
  from: number,
): PriceVersion[] {
  const changed = pricesFrom(prices, from).map((each) => ({
    ...each,
    effectiveFrom: Math.max(from, each.effectiveFrom),
  }))
  return [...versions.filter(({ effectiveFrom }) => effectiveFrom < from), ...changed]
}

/** A model as snapshots carry it: each endpoint with its prices of a moment. */
export function withPrices(model: SnapshotModel, timelines: readonly EndpointPrices[], at: number): SnapshotModel {
  const endpoints = model.endpoints.map((endpoint): SnapshotEndpoint => {
    const timeline = timelines.find(({ gateway }) => gateway === endpoint.gateway)
    // The snapshot's own type has lists that may be changed; nobody does.
    return timeline ? { ...endpoint, price: scheduleAt(timeline.versions, at) as SnapshotEndpoint['price'] } : endpoint
  })
  return { ...model, endpoints }
}
