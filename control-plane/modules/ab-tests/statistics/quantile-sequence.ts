import { logBetaMixture } from './beta-binomial-sequence.ts'
import { differenceOfIntervals, type Interval, type Scale } from './interval.ts'
import { type RankedValues, valueAt } from './ranked-values.ts'

export interface QuantileOptions {
  /** Which quantile, in (0, 1): 0.95 for p95. */
  quantile: number
  /** Level in (0, 1). */
  alpha: number
  /** The mixture's weight in observations; 100 is tight from some hundred to some ten thousand of them. */
  concentration?: number
}

export interface QuantileSequence extends Interval {
  /** The estimate; `NaN` without values. */
  value: number
}

/**
 * Exact, distribution-free confidence sequence for a quantile of one arm: whether a value lies at or below the true
 * quantile is pass/fail with chance q, so the beta-binomial mixture says which counts S there can be, and the interval is
 * [X_(S_lo), X_(S_hi + 1)], rounded outwards to what is known of them. Theory: Howard and Ramdas, "Sequential estimation
 * of quantiles with applications to A/B testing and best-arm identification", Bernoulli 28(3), 2022.
 *
 * @returns open ends where there are too few values
 */
export function quantileSequence(values: RankedValues, options: QuantileOptions): QuantileSequence {
  const ranks = possibleRanks(values.count, options)
  return {
    value: quantileOf(values, options.quantile),
    lower: values.at(ranks.lower).lower,
    upper: values.at(ranks.upper + 1).upper,
  }
}

/**
 * The difference of a quantile between two arms, absolute or relative to control, with an always-valid p.
 *
 * Each arm's sequence has half the level. The p is the smallest level at which the interval leaves 0 out.
 */
export function quantileDifference(
  { control, treatment, scale }: { control: RankedValues; treatment: RankedValues; scale: Scale },
  options: QuantileOptions,
): QuantileSequence & { pValue: number } {
  const intervalAt = (alpha: number) => {
    const half = { ...options, alpha: alpha / 2 }
    return differenceOfIntervals(quantileSequence(control, half), quantileSequence(treatment, half), scale)
  }
  const [before, after] = [control, treatment].map((values) => quantileOf(values, options.quantile)) as [number, number]
  return {
    value: scale === 'absolute' ? after - before : (after - before) / Math.abs(before),
    ...intervalAt(options.alpha),
    pValue: smallestAlphaWithoutZero(intervalAt),
  }
}

/**
 * Which numbers of values, out of `count`, can lie at or below the true quantile: the smallest and the largest S with
 * ln M(S) < ln(1/α).
 */
export function possibleRanks(count: number, options: QuantileOptions): { lower: number; upper: number } {
  const { quantile, alpha, concentration = 100 } = options
  const prior = { a: quantile * concentration, b: (1 - quantile) * concentration }
  const limit = -Math.log(alpha)
  const against = logBetaMixture(prior, quantile)
  const possible = (passes: number) => against({ passes, count }) < limit
  const likely = Math.round(count * quantile)
  return { lower: lastPossible(likely, 0, possible), upper: lastPossible(likely, count, possible) }
}

/** Halves between a possible number and an end; ln M is convex, so what is impossible stays so further out. */
function lastPossible(likely: number, end: number, possible: (passes: number) => boolean): number {
  if (possible(end)) return end
  let [inside, outside] = [likely, end]
  while (Math.abs(outside - inside) > 1) {
    const middle = Math.trunc((inside + outside) / 2)
    if (possible(middle)) inside = middle
    else outside = middle
  }
  return inside
}

function quantileOf(values: RankedValues, quantile: number): number {
  if (values.count === 0) return Number.NaN
  return valueAt(values, Math.max(1, Math.ceil(values.count * quantile)))
}

function smallestAlphaWithoutZero(intervalAt: (alpha: number) => Interval): number {
  const withoutZero = (alpha: number) => {
    const { lower, upper } = intervalAt(alpha)
    return lower > 0 || upper < 0
  }
  if (!withoutZero(1)) return 1
  // Levels down to 1e-200, by halving their logarithm.
  let [contains, excludes] = [-460, 0]
  if (withoutZero(Math.exp(contains))) return Math.exp(contains)
  for (let step = 0; step < 40; step++) {
    const middle = (contains + excludes) / 2
    if (withoutZero(Math.exp(middle))) excludes = middle
    else contains = middle
  }
  return Math.exp(excludes)
}
