/**
 * Counts of latencies in buckets whose edges grow by 2 %, so that each percentile that is read back is within 1 % of a
 * value that was measured. Counts add up: sketches of parts merge, in any order, to the very sketch of the whole.
 *
 * Masson, Rim, Lee: DDSketch, PVLDB 12(12), 2019, https://arxiv.org/abs/1908.10693. Coarser than `log-histogram.ts` of
 * the statistics, for there is one in every row of every hour. Mutable: hundreds of thousands are merged for one answer.
 */
export interface LatencySketch {
  /** The bucket that `counts` begins with. */
  first: number
  /** Calls in each bucket from there on. */
  readonly counts: number[]
}

const RELATIVE_ERROR = 0.01
const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const LOG_GROWTH = Math.log(GROWTH)

/** What is shorter counts as this, so that nothing has no bucket; what is longer than eleven days as that. In ms. */
export const SHORTEST_MS = 0.01
export const LONGEST_MS = 1e9
const LOWEST_EXPONENT = Math.ceil(Math.log(SHORTEST_MS) / LOG_GROWTH)
/** Buckets are numbered from 0 to this. */
export const LAST_BUCKET = Math.ceil(Math.log(LONGEST_MS) / LOG_GROWTH) - LOWEST_EXPONENT

/** A sketch of nothing. */
export function emptySketch(): LatencySketch {
  return { first: 0, counts: [] }
}

/**
 * Counts one latency.
 *
 * @param ms not negative
 * @throws RangeError for what is not a number
 */
export function addLatency(sketch: LatencySketch, ms: number): void {
  if (Number.isNaN(ms)) throw new RangeError('not a number')
  const within = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms))
  const bucket = Math.max(0, Math.ceil(Math.log(within) / LOG_GROWTH) - LOWEST_EXPONENT)
  addToBucket(sketch, Math.min(LAST_BUCKET, bucket), 1)
}

/** Counts `count` calls in a bucket, 0 to LAST_BUCKET. */
export function addToBucket(sketch: LatencySketch, bucket: number, count: number): void {
  const { counts } = sketch
  if (counts.length === 0) sketch.first = bucket
  while (bucket < sketch.first) {
    counts.unshift(0)
    sketch.first -= 1
  }
  const place = bucket - sketch.first
  while (counts.length <= place) counts.push(0)
  counts[place] = (counts[place] ?? 0) + count
}

/** Adds all of `source` to `target`. */
export function mergeSketch(target: LatencySketch, source: LatencySketch): void {
  for (const [place, count] of source.counts.entries()) {
    if (count > 0) addToBucket(target, source.first + place, count)
  }
}

/**
 * A percentile in ms, within 1 % of the value of rank ⌊share × (n − 1)⌋, of values from SHORTEST_MS to LONGEST_MS.
 *
 * @param share from 0 to 1, for example 0.95
 * @returns null: nothing was counted
 */
export function percentileOf({ first, counts }: LatencySketch, share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = Math.floor(share * (total - 1))
  let below = 0
  const place = counts.findIndex((count) => (below += count) > rank)
  return middleOf(first + place)
}

/** As far from both edges of the bucket, as a share of each. */
function middleOf(bucket: number): number {
  return (2 * Math.exp((bucket + LOWEST_EXPONENT) * LOG_GROWTH)) / (GROWTH + 1)
}
