import type { Interval } from './interval.ts'
import { edgesOf, type LogHistogram } from './log-histogram.ts'

/** Values in ascending order, as far as they are known. */
export interface RankedValues {
  count: number
  /**
   * Between which ends the value of a rank lies.
   *
   * @param rank 1 for the smallest; below it gives `-Infinity`, above `count` gives `Infinity`
   */
  at: (rank: number) => Interval
}

/** All values at hand: every rank is known exactly. */
export function rankedSample(values: readonly number[]): RankedValues {
  const sorted = Float64Array.from(values).sort()
  return within(sorted.length, (rank) => {
    const value = sorted[rank - 1] ?? Number.NaN
    return { lower: value, upper: value }
  })
}

/** Values counted in a histogram: a rank is known up to its bucket. */
export function rankedHistogram({ count, buckets }: LogHistogram): RankedValues {
  let total = 0
  const upTo = buckets.map(([, inBucket]) => (total += inBucket))
  return within(count, (rank) => edgesOf(buckets[firstAtLeast(upTo, rank)]?.[0] ?? Number.NaN))
}

/** One number for a rank: the middle of its bucket by ratio; 0 below, or the edge beyond, what the histogram tells apart. */
export function valueAt(values: RankedValues, rank: number): number {
  const { lower, upper } = values.at(rank)
  if (lower === upper) return lower
  if (lower === -Infinity) return upper === Infinity ? Number.NaN : 0
  return upper === Infinity ? lower : Math.sqrt(lower * upper)
}

function within(count: number, known: (rank: number) => Interval): RankedValues {
  const at = (rank: number) => {
    if (rank < 1) return { lower: -Infinity, upper: -Infinity }
    return rank > count ? { lower: Infinity, upper: Infinity } : known(rank)
  }
  return { count, at }
}

/** The first index whose number is at least `rank`, in ascending numbers. */
function firstAtLeast(numbers: readonly number[], rank: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? Infinity) >= rank) high = middle
    else low = middle + 1
  }
  return low
}
