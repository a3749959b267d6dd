import type { JointMoments } from './joint-moments.ts'
import { type Moments, sampleVariance } from './moments.ts'

/** One arm's metric: its value, the variance of one unit's contribution to it, and how many units there are. */
export interface ArmEstimate {
  value: number
  variance: number
  count: number
}

/** The mean of a value per unit. */
export function estimateMean(moments: Moments): ArmEstimate {
  return { value: moments.mean, variance: sampleVariance(moments), count: moments.count }
}

/**
 * The share of units that passed, from moments of zeros and ones. Its variance is p(1 − p); where all passed or all
 * failed, which would claim certainty, it is that of one pass and one failure more.
 */
export function estimateProportion(moments: Moments): ArmEstimate {
  const { count, mean } = moments
  if (count === 0) return { value: mean, variance: Number.NaN, count }
  const extreme = mean <= 0 || mean >= 1
  return { value: mean, variance: extreme ? (count + 1) / (count + 2) ** 2 : mean * (1 - mean), count }
}

/**
 * Sum of numerators over sum of denominators, by the delta method: v = (vM − 2R·cov + R²·vD) / D̄².
 *
 * @param moments pairs (numerator, denominator), one per unit
 * @returns value and variance `NaN` when the denominators add up to nothing
 */
export function estimateRatio(moments: JointMoments): ArmEstimate {
  const { count, firstMean, secondMean } = moments
  if (count < 2 || secondMean === 0) return { value: Number.NaN, variance: Number.NaN, count }
  const value = firstMean / secondMean
  const squares = moments.firstSquares - 2 * value * moments.crossProducts + value * value * moments.secondSquares
  return { value, variance: Math.max(0, squares) / (count - 1) / (secondMean * secondMean), count }
}

/**
 * Means of an outcome, freed of what a covariate known before assignment explains (CUPED, Deng, Xu, Kohavi and Walker
 * 2013): Y − θ(X − X̄), θ and X̄ pooled over the arms, so that the means stay on the outcome's scale.
 *
 * @param arms pairs (outcome, covariate), one per unit, per arm
 * @returns one estimate per arm, in the same order; the plain means when the covariate does not vary
 */
export function estimateAdjustedMeans(arms: readonly JointMoments[]): ArmEstimate[] {
  const total = (pick: (arm: JointMoments) => number) => arms.reduce((sum, arm) => sum + pick(arm), 0)
  const spread = total((arm) => arm.secondSquares)
  const theta = spread > 0 ? total((arm) => arm.crossProducts) / spread : 0
  const centre =
    total((arm) => arm.count * arm.secondMean) /
    Math.max(
      1,
      total((arm) => arm.count),
    )
  return arms.map((arm) => {
    const squares = arm.firstSquares - 2 * theta * arm.crossProducts + theta * theta * arm.secondSquares
    return {
      value: arm.firstMean - theta * (arm.secondMean - centre),
      variance: arm.count < 2 ? Number.NaN : Math.max(0, squares) / (arm.count - 1),
      count: arm.count,
    }
  })
}
