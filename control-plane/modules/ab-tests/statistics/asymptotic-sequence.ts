import type { Estimate } from './difference.ts'
import { lambertWMinusOne } from './numeric.ts'
import { oneSidedReach, type ReachOptions, twoSidedReach } from './sequence-reach.ts'

/** An interval with its evidence against a null value; valid however often and whenever it is looked at. */
export interface Sequence {
  /** `-Infinity` while nothing is known. */
  lower: number
  /** `Infinity` while nothing is known. */
  upper: number
  /** Natural logarithm of the e-value, which can be too large for a number. */
  logEValue: number
  /** min(1, 1 / e-value) of this look; keep the smallest of all looks by {@link foldPValue}. */
  pValue: number
}

/**
 * `alpha` is the chance that the sequence ever misses, at most about; for `rho`, which says where it is tight, see
 * {@link rhoTightestAt}.
 */
export interface SequenceOptions extends ReachOptions {
  /** The value that the evidence speaks against; 0 by default. */
  nullValue?: number
}

const NOTHING_KNOWN: Sequence = { lower: -Infinity, upper: Infinity, logEValue: 0, pValue: 1 }

/**
 * Asymptotic confidence sequence for a mean or a difference of means under a fixed allocation: Waudby-Smith, Arbour,
 * Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of
 * Statistics 52(6), 2024 (arXiv 2103.06476). The same object as the normal-mixture mSPRT.
 *
 * An estimate without a standard error above 0 says nothing: the interval is the whole line and p is 1. It holds for
 * large samples; {@link import('./difference-sequence.ts')} guards the start.
 */
export function asymptoticSequence(estimate: Estimate, options: SequenceOptions): Sequence {
  const { value, standardError, count } = estimate
  if (!(standardError > 0) || !Number.isFinite(value) || !Number.isFinite(standardError)) return NOTHING_KNOWN
  const halfWidth = standardError * twoSidedReach(count, options)
  const spread = count * options.rho * options.rho
  const z = (value - (options.nullValue ?? 0)) / standardError
  const logEValue = (spread * z * z) / (2 * (spread + 1)) - 0.5 * Math.log(spread + 1)
  return { lower: value - halfWidth, upper: value + halfWidth, logEValue, pValue: Math.min(1, Math.exp(-logEValue)) }
}

/**
 * Bounds for one-sided questions (a guardrail's harm): the truth is ever below `lower`, or ever above `upper`, each with
 * a chance of at most about `alpha`. Take `rho` for twice the alpha.
 */
export function oneSidedBounds(estimate: Estimate, options: ReachOptions): { lower: number; upper: number } {
  const { value, standardError, count } = estimate
  if (!(standardError > 0) || !Number.isFinite(value) || !Number.isFinite(standardError)) return NOTHING_KNOWN
  const halfWidth = standardError * oneSidedReach(count, options)
  return { lower: value - halfWidth, upper: value + halfWidth }
}

/**
 * The mixture's parameter that makes an interval at level `alpha` tightest when `count` units have been seen in all (or,
 * for {@link import('./weighted-sequence.ts')}, at that much variance times units): ρ² = c(α) / count, with the exact
 * c(α) = −W₋₁(−α² / e) − 1.
 */
export function rhoTightestAt(count: number, alpha: number): number {
  return Math.sqrt((-lambertWMinusOne(-(alpha * alpha) / Math.E) - 1) / count)
}

/** The running minimum of always-valid p-values, in [0, 1]; `null` before the first look. */
export function foldPValue(before: number | null, sequence: Pick<Sequence, 'pValue'>): number {
  return Math.min(before ?? 1, sequence.pValue)
}
