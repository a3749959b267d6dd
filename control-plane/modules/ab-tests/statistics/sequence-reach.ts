/** An asymptotic sequence's level in (0, 1) and its mixture's parameter. */
export interface ReachOptions {
  alpha: number
  rho: number
}

/**
 * How many standard errors a sequence reaches to either side after `count` units: sqrt(n)·sqrt(2(nρ² + 1) / (nρ)² ·
 * ln(sqrt(nρ² + 1) / α)), written in nρ². Equation 9 of arXiv 2103.06476.
 */
export function twoSidedReach(count: number, { alpha, rho }: ReachOptions): number {
  const spread = count * rho * rho
  return scaleOf(spread) * Math.sqrt(Math.log(Math.sqrt(spread + 1) / alpha))
}

/** The same for a bound to one side alone, with `rho` for twice the alpha (equation 134 there). */
export function oneSidedReach(count: number, { alpha, rho }: ReachOptions): number {
  const spread = count * rho * rho
  return scaleOf(spread) * Math.sqrt(Math.log1p(Math.sqrt(spread + 1) / (2 * alpha)))
}

function scaleOf(spread: number): number {
  return Math.sqrt((2 * (spread + 1)) / spread)
}
