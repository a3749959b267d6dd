import type { Sequence, SequenceOptions } from './asymptotic-sequence.ts'
import type { Moments } from './moments.ts'

/** One unit's outcome under an allocation that changes. */
export interface WeightedOutcome {
  outcome: number
  /** Which side of the comparison the unit was assigned to. */
  assigned: 'control' | 'treatment' | 'other'
  /** The chance with which it was assigned there, at that time; keep it above a floor of 1 to 5 %. */
  propensity: number
}

/**
 * The unit's contribution to treatment − control, unbiased whatever the weights were: ±outcome / propensity, or 0 for a
 * unit of another arm, which has to be counted too.
 *
 * @throws RangeError when the propensity is not in (0, 1]
 */
export function inversePropensityScore({ outcome, assigned, propensity }: WeightedOutcome): number {
  if (!(propensity > 0 && propensity <= 1)) throw new RangeError(`not a propensity: ${propensity}`)
  if (assigned === 'other') return 0
  return (assigned === 'treatment' ? outcome : -outcome) / propensity
}

/**
 * Asymptotic confidence sequence for the mean of contributions whose weights depend on the past (martingale form,
 * Proposition 2.5 of arXiv 2103.06476).
 *
 * @param scores moments of {@link inversePropensityScore}, one per unit of any arm
 * @param options `rho` as {@link import('./asymptotic-sequence.ts').rhoTightestAt} gives it for variance times units
 */
export function weightedSequence(scores: Moments, options: SequenceOptions): Sequence {
  const { count, mean, squaredDeviations } = scores
  const { alpha, rho, nullValue = 0 } = options
  if (count < 2 || !(squaredDeviations > 0)) return { lower: -Infinity, upper: Infinity, logEValue: 0, pValue: 1 }
  const spread = squaredDeviations * rho * rho + 1
  const margin = Math.sqrt(spread * Math.log(spread / (alpha * alpha))) / (count * rho)
  const drift = count * rho * (mean - nullValue)
  const logEValue = (drift * drift) / (2 * spread) - 0.5 * Math.log(spread)
  return { lower: mean - margin, upper: mean + margin, logEValue, pValue: Math.min(1, Math.exp(-logEValue)) }
}
