import { clampInterval, type Interval } from './interval.ts'

/** What the empirical-Bernstein sequence remembers; plain data. It depends on the order of scores, so it cannot be merged. */
export interface ScoreSequence {
  alpha: number
  count: number
  sum: number
  /** Σ (score − the mean up to it)². */
  squaredDeviations: number
  /** Σ λ. */
  weight: number
  /** Σ λ·score. */
  weightedSum: number
  /** Σ v·ψ(λ). */
  penalty: number
}

/** A sequence before its first score. `alpha` in (0, 1) is its level. */
export function startScoreSequence(alpha: number): ScoreSequence {
  return { alpha, count: 0, sum: 0, squaredDeviations: 0, weight: 0, weightedSum: 0, penalty: 0 }
}

/**
 * Takes in the next score of [0, 1], in the order of time: the predictable plug-in empirical-Bernstein sequence of
 * Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS-B 86(1), 2024, section 3.2.
 *
 * @throws RangeError when the score is not in [0, 1], where nothing would be guaranteed
 */
export function addScore(sequence: ScoreSequence, score: number): ScoreSequence {
  if (!(score >= 0 && score <= 1)) throw new RangeError(`not a score in [0, 1]: ${score}`)
  const count = sequence.count + 1
  const meanBefore = (0.5 + sequence.sum) / count
  const varianceBefore = (0.25 + sequence.squaredDeviations) / count
  const bet = Math.sqrt((2 * Math.log(2 / sequence.alpha)) / (varianceBefore * count * Math.log1p(count)))
  const lambda = Math.min(bet, 0.5)
  const surprise = 4 * (score - meanBefore) ** 2
  const sum = sequence.sum + score
  const mean = (0.5 + sum) / (count + 1)
  return {
    alpha: sequence.alpha,
    count,
    sum,
    squaredDeviations: sequence.squaredDeviations + (score - mean) ** 2,
    weight: sequence.weight + lambda,
    weightedSum: sequence.weightedSum + lambda * score,
    penalty: sequence.penalty + (surprise * (-Math.log1p(-lambda) - lambda)) / 4,
  }
}

/**
 * The interval for the mean score after all scores so far, exact for every number of them.
 *
 * @returns its centre (a weighted mean) and half width, and its ends within [0, 1]
 */
export function readScoreSequence(sequence: ScoreSequence): Interval & { centre: number; halfWidth: number } {
  if (sequence.count === 0) return { centre: 0.5, halfWidth: Infinity, lower: 0, upper: 1 }
  const centre = sequence.weightedSum / sequence.weight
  const halfWidth = (Math.log(2 / sequence.alpha) + sequence.penalty) / sequence.weight
  const ends = clampInterval({ lower: centre - halfWidth, upper: centre + halfWidth }, { lower: 0, upper: 1 })
  return { centre, halfWidth, ...ends }
}
