import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import type { CatalogEntry } from './change-catalog.ts'
import type { DatedPrice } from './dated-prices.ts'
import { comparePrices, type PriceChange } from './price-cells.ts'
import type { PricedModel } from './price-list.ts'
import { pricesFrom } from './price-timeline.ts'

export const PRICE_FLAGS = ['more-than-triple', 'less-than-a-third', 'class-vanished', 'zero-price'] as const
/** What of a change asks to be looked at twice. */
export type PriceFlag = (typeof PRICE_FLAGS)[number]

export const DIFF_KINDS = ['added', 'removed', 'changed'] as const

/** How a list differs from the catalog in one model at one gateway. */
export interface DiffEntry {
  readonly kind: (typeof DIFF_KINDS)[number]
  readonly modelId: string
  readonly gateway: Gateway
  readonly changes: readonly PriceChange[]
  readonly flags: readonly PriceFlag[]
  /** What the catalog has, from now on; null: it does not offer the model there. */
  readonly before: readonly DatedPrice[] | null
  /** What the list has, from now on; null: it does not have the model there. */
  readonly after: readonly DatedPrice[] | null
  /** As the list has it, with its endpoint at this gateway alone; null: it does not have it. */
  readonly model: SnapshotModel | null
}

interface Compared {
  readonly catalog: readonly CatalogEntry[]
  readonly listed: readonly PricedModel[]
  /** The gateways that the list is about: what it does not say of others is no removal. */
  readonly gateways: readonly Gateway[]
  /** Milliseconds since the epoch: prices of the past are not compared. */
  readonly at: number
}

/** How a price list differs from the catalog. Pure. By model, then by gateway. */
export function diffPrices({ catalog, listed, gateways, at }: Compared): DiffEntry[] {
  const offered = placesOf(
    catalog.filter(({ seed }) => seed !== 'simulator'),
    at,
  )
  const wanted = placesOf(listed, at)
  const keys = [...new Set([...offered.keys(), ...wanted.keys()])].toSorted()
  return keys.flatMap((key) => {
    const [old = null, next = null] = [offered.get(key), wanted.get(key)]
    const place = next ?? old
    if (place === null || !gateways.includes(place.gateway)) return []
    return compare(place, old, next)
  })
}

/** What a model's prices at a gateway are from a moment on, its price of that moment at date 0. */
export function comingPrices(versions: readonly DatedPrice[], at: number): DatedPrice[] {
  return pricesFrom(versions, at).map(({ effectiveFrom, price }, index) => ({
    effectiveFrom: index === 0 ? 0 : effectiveFrom,
    price,
  }))
}

/** Whether two courses of prices cost the same, whatever their versions are called. */
export function costTheSame(left: readonly DatedPrice[], right: readonly DatedPrice[]): boolean {
  return comparePrices(left, right).length === 0
}

interface Place {
  readonly gateway: Gateway
  readonly model: SnapshotModel
  readonly prices: readonly DatedPrice[]
}

function placesOf(models: readonly PricedModel[], at: number): Map<string, Place> {
  const places = models.flatMap(({ model, prices }) =>
    model.endpoints.map((endpoint): [string, Place] => {
      const { gateway } = endpoint
      const versions = prices.find((each) => each.gateway === gateway)?.versions ?? []
      return [
        `${model.id} ${gateway}`,
        { gateway, model: { ...model, endpoints: [endpoint] }, prices: comingPrices(versions, at) },
      ]
    }),
  )
  return new Map(places)
}

function compare({ model, gateway }: Place, old: Place | null, next: Place | null): DiffEntry[] {
  const changes = comparePrices(old?.prices ?? [], next?.prices ?? [])
  if (old && next && changes.length === 0) return []
  const kind = old === null ? 'added' : next === null ? 'removed' : 'changed'
  const sides = { before: old?.prices ?? null, after: next?.prices ?? null, model: next?.model ?? null }
  const flags = kind === 'removed' ? [] : flagsOf(changes, kind)
  return [{ kind, modelId: model.id, gateway, changes, flags, ...sides }]
}

/** A price that is this many times another one is more often a slip than a decision. */
const SUSPICIOUS_FACTOR = 3

function flagsOf(changes: readonly PriceChange[], kind: DiffEntry['kind']): PriceFlag[] {
  const of = (test: (before: number | null, after: number | null) => boolean): boolean =>
    changes.some(({ class: name, before, after }) => name !== 'request' && test(before, after))
  const found: Record<PriceFlag, boolean> = {
    'more-than-triple': of((before, after) => isDearer(after, before)),
    'less-than-a-third': of((before, after) => isDearer(before, after)),
    'class-vanished': kind === 'changed' && of((before, after) => before !== null && after === null),
    'zero-price': of((before, after) => after === 0 && before !== 0),
  }
  return PRICE_FLAGS.filter((flag) => found[flag])
}

function isDearer(rate: number | null, than: number | null): boolean {
  return rate !== null && than !== null && than > 0 && rate > SUSPICIOUS_FACTOR * than
}
