import { binomialCdf, binomialQuantile } from './distributions.ts'
import type { Estimate } from './difference.ts'
import { normalQuantile } from './normal.ts'

/**
 * The ranks of the order statistics that enclose a quantile with the given confidence, for one look at a size fixed
 * beforehand.
 *
 * @returns ranks from 1, and how often the interval really holds the quantile
 */
export function orderStatisticRanks(count: number, quantile: number, confidence: number) {
  const tail = (1 - confidence) / 2
  const lower = binomialQuantile(tail, count, quantile)
  const upper = binomialQuantile(1 - tail, count, quantile) + 1
  return { lower, upper, coverage: binomialCdf(upper - 1, count, quantile) - binomialCdf(lower - 1, count, quantile) }
}

/** The same by the normal approximation, not rounded: n(q ∓ z·sqrt(q(1 − q) / n)). */
export function approximateRanks(
  count: number,
  quantile: number,
  confidence: number,
): { lower: number; upper: number } {
  const reach = normalQuantile((1 + confidence) / 2) * Math.sqrt((quantile * (1 - quantile)) / count)
  return { lower: count * (quantile - reach), upper: count * (quantile + reach) }
}

/** A quantile of one arm with the interval between its two ranks, and the number of values. */
export interface QuantileWithInterval {
  value: number
  lower: number
  upper: number
  count: number
}

/**
 * The difference of two arms' quantiles at a size fixed beforehand: Deng, Knoblich and Lu, "Applying the delta method in
 * metric analytics", KDD 2018. What a test that looks only once would say; not valid when looked at as data arrives.
 */
export function fixedQuantileDifference(
  arms: { control: QuantileWithInterval; treatment: QuantileWithInterval },
  confidence: number,
): Estimate {
  const z = normalQuantile((1 + confidence) / 2)
  const variance = ({ lower, upper, count }: QuantileWithInterval) =>
    ((count - 1) / count) * ((upper - lower) / (2 * z)) ** 2
  return {
    value: arms.treatment.value - arms.control.value,
    standardError: Math.sqrt(variance(arms.control) + variance(arms.treatment)),
    count: arms.control.count + arms.treatment.count,
  }
}
