/**
 * What a mean, a proportion and their variance need of values, one per experimental unit. Plain data: parts can be
 * stored, read back and merged in any order and split; the results agree but for rounding.
 *
 * Kept per hour, an hour's moments are of the units first exposed in it: a unit that makes further calls is taken out of
 * its hour with its old value and put in again with the new one, so that it stays one unit.
 */
export interface Moments {
  count: number
  mean: number
  /** Σ (value − mean)². */
  squaredDeviations: number
}

export const NO_MOMENTS: Moments = Object.freeze({ count: 0, mean: 0, squaredDeviations: 0 })

/** Adds one value (Welford 1962). A negative `weight` of -1 takes out one that was added before. */
export function addToMoments(moments: Moments, value: number, weight: 1 | -1 = 1): Moments {
  const count = moments.count + weight
  if (count <= 0) return NO_MOMENTS
  const before = value - moments.mean
  const mean = moments.mean + (weight * before) / count
  const squaredDeviations = moments.squaredDeviations + weight * before * (value - mean)
  return { count, mean, squaredDeviations: Math.max(0, squaredDeviations) }
}

/** The moments of both parts together (Chan, Golub and LeVeque 1979). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b
  if (b.count === 0) return a
  const count = a.count + b.count
  const apart = b.mean - a.mean
  return {
    count,
    mean: a.mean + (apart * b.count) / count,
    squaredDeviations: a.squaredDeviations + b.squaredDeviations + (apart * apart * a.count * b.count) / count,
  }
}

/** From sums as other systems keep them; loses digits when the mean is large beside the spread. */
export function momentsFromSums(sums: { count: number; sum: number; sumOfSquares: number }): Moments {
  if (sums.count === 0) return NO_MOMENTS
  const mean = sums.sum / sums.count
  return { count: sums.count, mean, squaredDeviations: Math.max(0, sums.sumOfSquares - sums.sum * mean) }
}

/** The unbiased variance of one value; `NaN` for fewer than two. */
export function sampleVariance(moments: Moments): number {
  return moments.count < 2 ? Number.NaN : moments.squaredDeviations / (moments.count - 1)
}
