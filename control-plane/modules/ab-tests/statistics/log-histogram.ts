import type { Interval } from './interval.ts'

/**
 * Counts of positive values (latencies, costs) in buckets whose edges grow by 0.5 %: a value read back is wrong by at most
 * 0.25 %, an edge by nothing. Plain data; counts add up, so parts merge in any order and split to the very same.
 */
export interface LogHistogram {
  count: number
  /** [bucket, count], by bucket, none empty: bucket i holds (1.005^(i−1), 1.005^i]. At most 8,313 of them. */
  buckets: [number, number][]
}

const GROWTH = Math.log(1.005)
/** At or below 1e-6 (zero and negative values too), and above 1e12, values share the outermost buckets. */
const LOWEST = Math.floor(Math.log(1e-6) / GROWTH)
const HIGHEST = Math.ceil(Math.log(1e12) / GROWTH)

/**
 * Counts values.
 *
 * @throws RangeError for a value that is not a number
 */
export function histogramOf(values: Iterable<number>): LogHistogram {
  const counts = new Map<number, number>()
  for (const value of values) {
    const bucket = bucketOf(value)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  return fromCounts(counts)
}

/** Both parts together. */
export function mergeHistograms(...parts: readonly LogHistogram[]): LogHistogram {
  const counts = new Map<number, number>()
  for (const [bucket, count] of parts.flatMap((part) => part.buckets)) {
    counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  }
  return fromCounts(counts)
}

/** The edges of a bucket: no value in it is at or below `lower`, none above `upper`; open at both ends of the range. */
export function edgesOf(bucket: number): Interval {
  return {
    lower: bucket <= LOWEST ? -Infinity : Math.exp((bucket - 1) * GROWTH),
    upper: bucket >= HIGHEST ? Infinity : Math.exp(bucket * GROWTH),
  }
}

function bucketOf(value: number): number {
  if (Number.isNaN(value)) throw new RangeError('not a number')
  if (value <= 0) return LOWEST
  return Math.min(HIGHEST, Math.max(LOWEST, Math.ceil(Math.log(value) / GROWTH)))
}

function fromCounts(counts: ReadonlyMap<number, number>): LogHistogram {
  const buckets = [...counts].sort(([a], [b]) => a - b)
  return { count: buckets.reduce((sum, [, count]) => sum + count, 0), buckets }
}
