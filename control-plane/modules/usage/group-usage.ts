import { addEncoded } from './encode-cells.ts'
import { percentileOf, type LatencySketch } from './latency-sketch.ts'
import { USAGE_COUNTERS, type UsageTotals } from './usage-counters.ts'
import { USAGE_DIMENSIONS, type LatencyPercentiles, type UsageQuery, type UsageRow } from './usage-query.ts'
import { finestPeriod, periodStart } from './usage-slots.ts'
import { createUsageTable, type DimensionValue, type UsageCell } from './usage-table.ts'

interface SlotCells {
  readonly startsAt: number
  readonly counts: Uint8Array
  readonly latencies: Uint8Array | null
}

/** Groups rollups as they are read, so that they need not be in memory together. */
export interface UsageGrouping {
  add(slot: SlotCells): void
  size(): number
  /** By time, then by charge and calls, the most first. */
  rows(): UsageRow[]
}

/** A variant is one of its A/B test: whoever groups by variants gets their tests as well. */
export function createUsageGrouping({ groupBy, filter = {} }: Pick<UsageQuery, 'groupBy' | 'filter'>): UsageGrouping {
  const table = createUsageTable()
  const period = finestPeriod(groupBy)
  const isGrouped = USAGE_DIMENSIONS.map(
    (dimension) => groupBy.includes(dimension) || (dimension === 'abTestId' && groupBy.includes('variantId')),
  )
  const wanted = USAGE_DIMENSIONS.map((dimension) => (Object.hasOwn(filter, dimension) ? filter[dimension] : undefined))
  const isWanted = (values: readonly DimensionValue[]): boolean =>
    wanted.every((value, place) => value === undefined || value === values[place])
  const group: DimensionValue[] = USAGE_DIMENSIONS.map(() => null)

  return {
    add(slot) {
      const startsAt = periodStart(period, slot.startsAt)
      addEncoded(slot, (values) => {
        if (!isWanted(values)) return null
        for (const [place, grouped] of isGrouped.entries()) group[place] = grouped ? (values[place] ?? null) : null
        return table.cellOf(startsAt, group)
      })
    },
    size: () => table.size(),
    rows: () => table.cells().map(toRow).toSorted(byTimeAndSize),
  }
}

function toRow({ startsAt, values, totals, latencies, firstTokens }: UsageCell): UsageRow {
  const counted = USAGE_COUNTERS.map((counter, place) => [counter, totals[place] ?? 0])
  const named = USAGE_DIMENSIONS.map((dimension, place) => [dimension, values[place] ?? null])
  return {
    startsAt,
    ...(Object.fromEntries(named) as Pick<UsageRow, (typeof USAGE_DIMENSIONS)[number]>),
    ...(Object.fromEntries(counted) as UsageTotals),
    latencyMs: percentilesOf(latencies),
    timeToFirstTokenMs: percentilesOf(firstTokens),
  }
}

function percentilesOf(sketch: LatencySketch): LatencyPercentiles {
  return { p50: percentileOf(sketch, 0.5), p95: percentileOf(sketch, 0.95), p99: percentileOf(sketch, 0.99) }
}

function byTimeAndSize(one: UsageRow, other: UsageRow): number {
  return (
    (one.startsAt ?? 0) - (other.startsAt ?? 0) ||
    other.chargeNanodollars - one.chargeNanodollars ||
    other.calls - one.calls ||
    compareTexts(nameOf(one), nameOf(other))
  )
}

/** The same order every time, also of those that are of one size. */
function nameOf(row: UsageRow): string {
  return JSON.stringify(USAGE_DIMENSIONS.map((dimension) => row[dimension]))
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
