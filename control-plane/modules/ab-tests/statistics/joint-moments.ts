import type { Moments } from './moments.ts'

/**
 * What a ratio needs of (numerator, denominator) and an adjustment of (outcome, covariate), one pair per experimental
 * unit. Plain data, to be merged in any order and split; the results agree but for rounding.
 */
export interface JointMoments {
  count: number
  /** Mean of the numerator or outcome. */
  firstMean: number
  /** Mean of the denominator or covariate. */
  secondMean: number
  /** Σ (first − mean)². */
  firstSquares: number
  /** Σ (second − mean)². */
  secondSquares: number
  /** Σ (first − mean)(second − mean). */
  crossProducts: number
}

export const NO_JOINT_MOMENTS: JointMoments = Object.freeze({
  count: 0,
  firstMean: 0,
  secondMean: 0,
  firstSquares: 0,
  secondSquares: 0,
  crossProducts: 0,
})

/** Adds one pair. A `weight` of -1 takes out one that was added before: a unit whose sums grew is taken out and put in again. */
export function addToJointMoments(
  moments: JointMoments,
  [first, second]: readonly [number, number],
  weight: 1 | -1 = 1,
): JointMoments {
  const count = moments.count + weight
  if (count <= 0) return NO_JOINT_MOMENTS
  const firstBefore = first - moments.firstMean
  const secondBefore = second - moments.secondMean
  const firstMean = moments.firstMean + (weight * firstBefore) / count
  const secondMean = moments.secondMean + (weight * secondBefore) / count
  return {
    count,
    firstMean,
    secondMean,
    firstSquares: Math.max(0, moments.firstSquares + weight * firstBefore * (first - firstMean)),
    secondSquares: Math.max(0, moments.secondSquares + weight * secondBefore * (second - secondMean)),
    crossProducts: moments.crossProducts + weight * firstBefore * (second - secondMean),
  }
}

/** The moments of both parts together. */
export function mergeJointMoments(a: JointMoments, b: JointMoments): JointMoments {
  if (a.count === 0) return b
  if (b.count === 0) return a
  const count = a.count + b.count
  const firstApart = b.firstMean - a.firstMean
  const secondApart = b.secondMean - a.secondMean
  const weight = (a.count * b.count) / count
  return {
    count,
    firstMean: a.firstMean + (firstApart * b.count) / count,
    secondMean: a.secondMean + (secondApart * b.count) / count,
    firstSquares: a.firstSquares + b.firstSquares + firstApart * firstApart * weight,
    secondSquares: a.secondSquares + b.secondSquares + secondApart * secondApart * weight,
    crossProducts: a.crossProducts + b.crossProducts + firstApart * secondApart * weight,
  }
}

/** The first of the pair alone. */
export function firstMoments(moments: JointMoments): Moments {
  return { count: moments.count, mean: moments.firstMean, squaredDeviations: moments.firstSquares }
}
