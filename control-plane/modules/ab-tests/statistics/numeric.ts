import betaln from '@stdlib/math-base-special-betaln'
import gammaln from '@stdlib/math-base-special-gammaln'

/** ln Γ(x), x > 0. */
export function logGamma(x: number): number {
  return gammaln(x)
}

/** ln B(a, b), a, b > 0. */
export function logBeta(a: number, b: number): number {
  return betaln(a, b)
}

/** ln Σ exp(values), without overflow; `-Infinity` for none. */
export function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values)
  if (!Number.isFinite(largest)) return largest
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0))
}

/**
 * Lambert's W on its lower branch: the w <= -1 with w·e^w = x.
 *
 * Newton's method on ln(-w) + w = ln(-x), which is concave in w, so that it comes from the left without overshooting.
 *
 * @param x in [-1/e, 0)
 * @throws RangeError outside
 */
export function lambertWMinusOne(x: number): number {
  if (!(x < 0) || x < -1 / Math.E - 1e-15) throw new RangeError(`W_-1 is not real at ${x}`)
  const target = Math.log(-x)
  // Series about the branch point: w = -1 - sqrt(2u) - ..., with u = -1 - target >= 0. Beyond it the logarithm leads.
  const distance = Math.max(0, -1 - target)
  let w = -1 - Math.sqrt(2 * distance) - distance
  for (let step = 0; step < 50 && w < -1; step++) {
    const change = (w + Math.log(-w) - target) / (1 + 1 / w)
    w -= change
    if (Math.abs(change) <= 1e-15 * Math.abs(w)) break
  }
  return Math.min(w, -1)
}

/**
 * Where a function that changes sign once between `from` and `to` is zero, by halving.
 *
 * @returns a number within 2^-60 of the span of the zero, on the side of `from`
 */
export function findZero(evaluate: (x: number) => number, from: number, to: number): number {
  let [same, other] = [from, to]
  const positive = evaluate(from) > 0
  for (let step = 0; step < 60; step++) {
    const middle = same + (other - same) / 2
    if (evaluate(middle) > 0 === positive) same = middle
    else other = middle
  }
  return same
}
