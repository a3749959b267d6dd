import type { UsageTotals } from './usage-counters.ts'

/** What rollups tell calls apart by, in the order in which it is stored. */
export const USAGE_DIMENSIONS = ['keyId', 'model', 'gateway', 'abTestId', 'variantId', 'purpose', 'paidBy'] as const
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number]

/** Of time the finest that is named counts. Hours, days and months are UTC's. */
export const USAGE_PERIODS = ['hour', 'day', 'month'] as const
export type UsagePeriod = (typeof USAGE_PERIODS)[number]
export type UsageGroup = UsagePeriod | UsageDimension

/** Values a call must have, null meaning that it has none (no model answered, no A/B test). What is left out is not asked. */
export type UsageFilter = Readonly<Partial<Record<UsageDimension, string | null>>>

export interface UsageQuery {
  /** When calls began, in ms since the epoch: from the hour that this is in. */
  readonly from: number
  /** Up to the end of the hour that the moment before this is in. */
  readonly to: number
  readonly groupBy: readonly UsageGroup[]
  readonly filter?: UsageFilter
  /** Whether latencies are wanted; they cost most of the reading. */
  readonly withLatencies?: boolean
}

/** In ms, each within 1 % of a value that was measured. Null: no call has one. */
export interface LatencyPercentiles {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** What calls of one group sum up to. A dimension that is not grouped by is null, as one that the calls do not have. */
export type UsageRow = UsageTotals &
  Readonly<Record<UsageDimension, string | null>> & {
    /** The beginning of the hour, day or month, in ms since the epoch; null: not grouped by time. */
    readonly startsAt: number | null
    /** Of calls that succeeded, to the last byte. */
    readonly latencyMs: LatencyPercentiles
    /** Of streams that succeeded. */
    readonly timeToFirstTokenMs: LatencyPercentiles
  }

export interface UsageAnswer {
  /** By time, then by charge and calls, the most first. */
  readonly rows: readonly UsageRow[]
  /** What the range was widened to: whole hours. */
  readonly from: number
  readonly to: number
  /** Calls that began before this are counted, as far as their records have reached the database. At most `to`. */
  readonly completeUntil: number
}

/** Answers of what was used, from rollups: calls themselves are not read. */
export interface UsageReadModel {
  /**
   * Sums of a workspace's calls.
   *
   * @throws usageRangeInvalid, usageTooManyRows
   */
  sums(workspaceId: string, query: UsageQuery): Promise<UsageAnswer>
}
