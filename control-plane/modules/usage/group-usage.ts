import { addEncoded } from './encode-cells.ts'
import { percentilesOf, type LatencySketch } from './latency-sketch.ts'
import { USAGE_COUNTERS } from './usage-counters.ts'
import {
  USAGE_DIMENSIONS,
  type LatencyPercentiles,
  type UsageGroup,
  type UsageQuery,
  type UsageRow,
} from './usage-query.ts'
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
  const groups: readonly UsageGroup[] = groupBy.includes('variantId') ? [...groupBy, 'abTestId'] : groupBy
  const places = USAGE_DIMENSIONS.map((dimension, place) => ({ dimension, place }))
  const grouped = places.filter(({ dimension }) => groups.includes(dimension)).map(({ place }) => place)
  const conditions = places.flatMap(({ dimension, place }) => {
    const value = filter[dimension]
    return value === undefined ? [] : [{ place, value }]
  })
  const isWanted = (values: readonly DimensionValue[]): boolean =>
    conditions.every(({ place, value }) => value === values[place])
  const group: DimensionValue[] = USAGE_DIMENSIONS.map(() => null)

  return {
    add(slot) {
      const startsAt = periodStart(period, slot.startsAt)
      addEncoded(slot, (values) => {
        if (!isWanted(values)) return null
        for (const place of grouped) group[place] = values[place] ?? null
        return table.cellOf(startsAt, group)
      })
    },
    size: () => table.size(),
    rows: () => table.cells().map(toRow).toSorted(byTimeAndSize),
  }
}

function toRow({ startsAt, values, totals, latencies, firstTokens }: UsageCell): UsageRow {
  const row: Record<string, unknown> = { ...EMPTY_ROW, startsAt }
  for (const [place, dimension] of USAGE_DIMENSIONS.entries()) row[dimension] = values[place] ?? null
  for (const [place, counter] of USAGE_COUNTERS.entries()) row[counter] = totals[place] ?? 0
  row['latencyMs'] = toPercentiles(latencies)
  row['timeToFirstTokenMs'] = toPercentiles(firstTokens)
  return row as unknown as UsageRow
}

/** All fields of a row, so that rows are made by copying and not field by field. */
const EMPTY_ROW: Record<string, unknown> = Object.fromEntries(
  ['startsAt', ...USAGE_DIMENSIONS, ...USAGE_COUNTERS, 'latencyMs', 'timeToFirstTokenMs'].map((field) => [field, null]),
)

function toPercentiles(sketch: LatencySketch): LatencyPercentiles {
  const [p50 = null, p95 = null, p99 = null] = percentilesOf(sketch, [0.5, 0.95, 0.99])
  return { p50, p95, p99 }
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
