import type { PriceAllDay } from '../../../shared/money/price-schedule.ts'
import type { SnapshotPriceOverride } from '../../../shared/snapshot/price-schema.ts'
import { LONGEST_CALL_MS, pricesFrom } from '../catalog/index.ts'

type HeldPrice = Omit<SnapshotPriceOverride, 'prices'> & {
  readonly effectiveFrom: number
  readonly price: PriceAllDay
}

/**
 * A workspace's prices as its snapshot has them: of each place those that calls under way may have begun with, and those
 * to come. Pure.
 *
 * @param held in the order in which they were set; of two from one moment the later one holds
 */
export function toSnapshotOverrides(held: readonly HeldPrice[], now: number): SnapshotPriceOverride[] {
  const byPlace = Map.groupBy(held, (each) => JSON.stringify([each.modelId, each.gateway, each.paidBy]))
  const places = [...byPlace].toSorted(([left], [right]) => (left < right ? -1 : 1))
  return places.flatMap(([, [first, ...others]]) => (first ? toSnapshotOverride(first, others, now) : []))
}

function toSnapshotOverride(first: HeldPrice, others: readonly HeldPrice[], now: number): SnapshotPriceOverride {
  const { modelId, gateway, paidBy } = first
  const ordered = [first, ...others].toSorted((left, right) => left.effectiveFrom - right.effectiveFrom)
  const prices = pricesFrom(ordered, now - LONGEST_CALL_MS).map(toLaterPrice)
  return { modelId, gateway, paidBy, prices }
}

/** The snapshot's own type has lists that may be changed. */
function toLaterPrice({ price: { daily, ...price }, effectiveFrom }: HeldPrice) {
  const atTimes = daily?.map((each) => ({ ...each, tiers: [...each.tiers] }))
  return { ...price, tiers: [...price.tiers], ...(atTimes && { daily: atTimes }), effectiveFrom }
}
