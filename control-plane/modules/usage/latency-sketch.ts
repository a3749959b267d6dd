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
  /** Calls in each bucket from there on; some have none. */
  counts: number[]
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

const ZEROS: readonly number[] = Array.from({ length: LAST_BUCKET + 1 }, () => 0)

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
  makeRoom(sketch, bucket, bucket)
  const place = bucket - sketch.first
  sketch.counts[place] = (sketch.counts[place] ?? 0) + count
}

/** Makes a sketch reach from one bucket to another, at once: to grow by each of them would take longest of all. */
export function makeRoom(sketch: LatencySketch, from: number, to: number): void {
  const { first, counts } = sketch
  if (counts.length === 0) {
    sketch.first = from
    sketch.counts = ZEROS.slice(0, to - from + 1)
    return
  }
  if (from >= first && to < first + counts.length) return
  const below = ZEROS.slice(0, Math.max(0, first - from))
  const above = ZEROS.slice(0, Math.max(0, to + 1 - first - counts.length))
  sketch.first = first - below.length
  sketch.counts = below.concat(counts, above)
}

/** Adds all of `source` to `target`. */
export function mergeSketch(target: LatencySketch, source: LatencySketch): void {
  if (source.counts.length > 0) makeRoom(target, source.first, source.first + source.counts.length - 1)
  for (const [place, count] of source.counts.entries()) {
    if (count > 0) addToBucket(target, source.first + place, count)
  }
}

/**
 * Percentiles in ms, each within 1 % of the value of rank ⌊share × (n − 1)⌋, of values from SHORTEST_MS to LONGEST_MS.
 *
 * @param shares from 0 to 1, rising, for example 0.5 and 0.95
 * @returns one of each share; null: nothing was counted
 */
export function percentilesOf({ first, counts }: LatencySketch, shares: readonly number[]): (number | null)[] {
  let total = 0
  for (const count of counts) total += count
  if (total === 0) return shares.map(() => null)
  let place = 0
  let upTo = counts[0] ?? 0
  return shares.map((share) => {
    const rank = Math.floor(share * (total - 1))
    while (upTo <= rank) {
      place += 1
      upTo += counts[place] ?? 0
    }
    return middleOf(first + place)
  })
}

/** As far from both edges of the bucket, as a share of each. */
function middleOf(bucket: number): number {
  return (2 * Math.exp((bucket + LOWEST_EXPONENT) * LOG_GROWTH)) / (GROWTH + 1)
}
