import betainc from '@stdlib/math-base-special-betainc'
import gammainc from '@stdlib/math-base-special-gammainc'
import kernelBetaincinv from '@stdlib/math-base-special-kernel-betaincinv'
import quantileOfBinomial from '@stdlib/stats-base-dists-binomial-quantile'
import cdfOfT from '@stdlib/stats-base-dists-t-cdf'
import quantileOfT from '@stdlib/stats-base-dists-t-quantile'

/** Student's t: what a two-sided test and its interval need. `degrees` of freedom > 0, not necessarily whole. */
export const studentT = {
  /** The t with P(T <= t) = `probability`. */
  quantile: (probability: number, degrees: number): number => quantileOfT(probability, degrees),
  /** P(|T| > |t|), taken from the lower tail, which keeps its digits. */
  twoSidedTail: (t: number, degrees: number): number => Math.min(1, 2 * cdfOfT(-Math.abs(t), degrees)),
}

/** P(X > x) of chi-square with `degrees` > 0: the regularised upper incomplete gamma Q(degrees / 2, x / 2). */
export function chiSquareUpperTail(x: number, degrees: number): number {
  return x <= 0 ? 1 : gammainc(x / 2, degrees / 2, true, true)
}

/** The x in [0, 1] with P(X <= x) = `probability` for X ~ Beta(a, b); a, b > 0. */
export function betaQuantile(probability: number, a: number, b: number): number {
  if (probability <= 0) return 0
  if (probability >= 1) return 1
  const [x = Number.NaN] = kernelBetaincinv(a, b, probability, 1 - probability)
  return x
}

/** The smallest k with P(X <= k) >= `probability` for X ~ Binomial(trials, chance). */
export function binomialQuantile(probability: number, trials: number, chance: number): number {
  return quantileOfBinomial(probability, trials, chance)
}

/** P(X <= k) for X ~ Binomial(trials, chance), by the incomplete beta function. */
export function binomialCdf(k: number, trials: number, chance: number): number {
  if (k < 0) return 0
  if (k >= trials) return 1
  return betainc(chance, k + 1, trials - k, true, true)
}
