import type { Estimate } from './difference.ts'
import { normalCdf, normalDensity, normalQuantile, normalUpperTail } from './normal.ts'
import { logBeta, logSumExp } from './numeric.ts'

/** What is believed of a difference after the data. For reading, not for stopping: it promises nothing to who peeks. */
export interface LiftPosterior {
  mean: number
  deviation: number
  /** The chance that treatment is above control. */
  chanceToWin: number
  /** What is lost on average by choosing treatment: E[max(0, −lift)]. */
  riskOfTreatment: number
  /** What is lost on average by staying with control: E[max(0, lift)]. */
  riskOfControl: number
  /** 95 % of belief lies between. */
  lower: number
  upper: number
}

/**
 * The normal posterior of a difference, absolute or relative.
 *
 * @param prior normal, with its mean and standard deviation; flat when left out
 * @returns `null` while the estimate has no standard error above 0
 */
export function liftPosterior(estimate: Estimate, prior?: { mean: number; deviation: number }): LiftPosterior | null {
  const { value, standardError } = estimate
  if (!(standardError > 0) || !Number.isFinite(standardError) || !Number.isFinite(value)) return null
  const ofData = 1 / (standardError * standardError)
  const ofPrior = prior ? 1 / (prior.deviation * prior.deviation) : 0
  const mean = (value * ofData + (prior?.mean ?? 0) * ofPrior) / (ofData + ofPrior)
  const deviation = 1 / Math.sqrt(ofData + ofPrior)
  const z = mean / deviation
  const reach = normalQuantile(0.975) * deviation
  return {
    mean,
    deviation,
    chanceToWin: normalCdf(z),
    // Rounding can leave a loss a hair below 0 far out in the tail.
    riskOfTreatment: Math.max(0, -mean, deviation * normalDensity(z) - mean * normalUpperTail(z)),
    riskOfControl: Math.max(0, mean, mean * normalCdf(z) + deviation * normalDensity(z)),
    lower: mean - reach,
    upper: mean + reach,
  }
}

/**
 * The chance that a rate B is above a rate A when both are known as beta distributions, by the exact sum over the first
 * shape of B.
 *
 * @param a and `b` shapes [passes + 1, fails + 1] under a uniform prior; b's first a whole number, which sets the work
 */
export function chanceBetaAbove(a: readonly [number, number], b: readonly [number, number]): number {
  const terms = Array.from(
    { length: b[0] },
    (_, i) => logBeta(a[0] + i, a[1] + b[1]) - Math.log(b[1] + i) - logBeta(1 + i, b[1]) - logBeta(a[0], a[1]),
  )
  return Math.min(1, Math.exp(logSumExp(terms)))
}
