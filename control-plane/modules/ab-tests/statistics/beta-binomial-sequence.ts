import { clampInterval, type Interval } from './interval.ts'
import { findZero, logBeta } from './numeric.ts'

/** Passes out of tries. For scores in [0, 1] the sum of scores: any number from 0 to `count`. */
export interface Passes {
  passes: number
  count: number
}

/** Beta(a, b): what is believed before the first try. */
export interface BetaShape {
  a: number
  b: number
}

const UNIFORM: BetaShape = { a: 1, b: 1 }

/**
 * Exact confidence sequence for a pass rate, by Robbins' beta-binomial mixture: { p : ln M(p) < ln(1/α) }. Valid for every
 * sample size from 0.
 *
 * It holds as well for the mean of scores in [0, 1], given their sum: (q/p)^x·((1−q)/(1−p))^(1−x) is convex in x, so
 * that its expectation is at most the 1 of a pass/fail score with the same mean.
 *
 * @returns an interval within [0, 1] that contains passes / count
 */
export function betaBinomialSequence(
  { passes, count }: Passes,
  { alpha, prior = UNIFORM }: { alpha: number; prior?: BetaShape },
): Interval {
  if (count <= 0) return { lower: 0, upper: 1 }
  const mean = Math.min(1, Math.max(0, passes / count))
  const limit = Math.log(alpha) + logMixture(prior)({ passes, count })
  const excess = (chance: number) => limit - logLikelihood({ passes, count }, chance)
  return clampInterval(
    {
      lower: mean > 0 ? findZero(excess, mean, 0) : 0,
      upper: mean < 1 ? findZero(excess, mean, 1) : 1,
    },
    { lower: 0, upper: 1 },
  )
}

/**
 * ln of the e-value of tries against a pass rate of `chance`: its exponential is a martingale in the number of tries when
 * that is the true rate.
 */
export function logBetaMixture(prior: BetaShape, chance: number): (tries: Passes) => number {
  const mixture = logMixture(prior)
  return (tries) => mixture(tries) - logLikelihood(tries, chance)
}

function logMixture(prior: BetaShape): (tries: Passes) => number {
  const ofPrior = logBeta(prior.a, prior.b)
  return ({ passes, count }) => logBeta(prior.a + passes, prior.b + Math.max(0, count - passes)) - ofPrior
}

function logLikelihood({ passes, count }: Passes, chance: number): number {
  return timesLog(passes, chance) + timesLog(Math.max(0, count - passes), 1 - chance)
}

function timesLog(factor: number, value: number): number {
  return factor === 0 ? 0 : factor * Math.log(value)
}
