import { asymptoticSequence, type Sequence, type SequenceOptions } from './asymptotic-sequence.ts'
import { betaBinomialSequence } from './beta-binomial-sequence.ts'
import { absoluteDifference, armAlone, pairedDifference } from './difference.ts'
import { type ArmEstimate, estimateMean } from './estimators.ts'
import { differenceOfIntervals, EVERYTHING, type Interval, type Scale } from './interval.ts'
import type { Moments } from './moments.ts'
import { relativeSequence } from './relative-sequence.ts'

/** Fewer units than this in an arm are too few for a sequence that holds for large samples. */
export const BURN_IN = 50

/** A sequence and what it stands on: exact while there are few units, asymptotic after, or nothing yet. */
export interface GuardedSequence extends Sequence {
  method: 'exact' | 'asymptotic' | 'none'
}

/** Two arms of an experiment whose allocation is fixed. */
export interface Comparison {
  control: ArmEstimate
  treatment: ArmEstimate
  scale: Scale
  /** Moments of the plain values where these lie in [0, 1], for the exact start; `null` for metrics without bounds. */
  bounded: { control: Moments; treatment: Moments } | null
}

/**
 * The sequence for treatment against control: asymptotic from {@link BURN_IN} units per arm; before, exact for values in
 * [0, 1] and silent for others. Before, p stays 1: no experiment is decided by so few.
 */
export function differenceSequence(comparison: Comparison, options: SequenceOptions): GuardedSequence {
  const { control, treatment, scale, bounded } = comparison
  if (Math.min(control.count, treatment.count) >= BURN_IN) {
    if (scale === 'relative') return asymptotic(relativeSequence({ control, treatment }, options))
    return asymptotic(asymptoticSequence(absoluteDifference(control, treatment), options))
  }
  if (!bounded) return undecided(EVERYTHING, 'none')
  const half = options.alpha / 2
  const interval = differenceOfIntervals(exact(bounded.control, half), exact(bounded.treatment, half), scale)
  return undecided(interval, 'exact')
}

/**
 * The sequence for one arm by itself. It is valid at any time of that arm's own units, so also when the allocation
 * adapts: take alpha / arms for each and compare by {@link differenceOfIntervals}.
 */
export function armSequence(
  { arm, bounded }: { arm: ArmEstimate; bounded: Moments | null },
  options: SequenceOptions,
): GuardedSequence {
  if (arm.count >= BURN_IN) return asymptotic(asymptoticSequence(armAlone(arm), options))
  return bounded ? undecided(exact(bounded, options.alpha), 'exact') : undecided(EVERYTHING, 'none')
}

/**
 * The sequence for variants that answered the same prompts.
 *
 * @param differences treatment minus control, one per prompt; `bounded` when each lies in [−1, 1]
 */
export function pairedSequence(
  { differences, bounded }: { differences: Moments; bounded: boolean },
  options: SequenceOptions,
): GuardedSequence {
  if (differences.count >= BURN_IN) return asymptotic(asymptoticSequence(pairedDifference(differences), options))
  if (!bounded) return undecided(EVERYTHING, 'none')
  const { lower, upper } = exact({ ...differences, mean: (differences.mean + 1) / 2 }, options.alpha)
  return undecided({ lower: 2 * lower - 1, upper: 2 * upper - 1 }, 'exact')
}

function exact({ count, mean }: Moments, alpha: number): Interval {
  return betaBinomialSequence({ passes: mean * count, count }, { alpha })
}

function asymptotic(sequence: Sequence): GuardedSequence {
  return { ...sequence, method: sequence.lower === -Infinity && sequence.pValue === 1 ? 'none' : 'asymptotic' }
}

function undecided(interval: Interval, method: 'exact' | 'none'): GuardedSequence {
  return { ...interval, logEValue: 0, pValue: 1, method }
}

/** Plain means as a comparison; `bounded` says that every value lies in [0, 1]. */
export function compareMeans(
  arms: { control: Moments; treatment: Moments },
  { scale, bounded }: { scale: Scale; bounded: boolean },
): Comparison {
  return {
    control: estimateMean(arms.control),
    treatment: estimateMean(arms.treatment),
    scale,
    bounded: bounded ? arms : null,
  }
}
