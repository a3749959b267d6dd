import erfc from '@stdlib/math-base-special-erfc'
import standardQuantile from '@stdlib/stats-base-dists-normal-quantile'

/** P(Z > z) of the standard normal; by `erfc`, so that far tails keep their digits where `1 - cdf` gives 0. */
export function normalUpperTail(z: number): number {
  return 0.5 * erfc(z * Math.SQRT1_2)
}

/** P(Z <= z) of the standard normal. */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z * Math.SQRT1_2)
}

/** The density of the standard normal at z. */
export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
}

/** The z with P(Z <= z) = `probability`, which lies in [0, 1]; 0 and 1 give the infinities. */
export function normalQuantile(probability: number): number {
  return standardQuantile(probability, 0, 1)
}
