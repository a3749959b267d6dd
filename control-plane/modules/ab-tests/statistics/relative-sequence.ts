import { asymptoticSequence, type Sequence, type SequenceOptions } from './asymptotic-sequence.ts'
import { absoluteDifference } from './difference.ts'
import type { ArmEstimate } from './estimators.ts'
import { EVERYTHING, type Interval } from './interval.ts'
import { oneSidedReach, type ReachOptions, twoSidedReach } from './sequence-reach.ts'

interface Arms {
  control: ArmEstimate
  treatment: ArmEstimate
}

/**
 * The sequence for (treatment − control) / |control|, by Fieller's way: a lift r is possible as long as the sequence of
 * treatment − (1 + r)·control holds 0. That is a plain difference of means, so it is as right as one, where dividing by
 * a control that is itself uncertain (delta method) misses in 13 to 17 of 100 experiments on rates of 1 % and heavy tails.
 *
 * @returns p speaks against a lift of `nullValue`; the interval is open where control cannot be told from 0
 */
export function relativeSequence(arms: Arms, options: SequenceOptions): Sequence {
  const { nullValue = 0, ...reach } = options
  const evidence = asymptoticSequence(contrast(arms, nullValue), reach)
  if (evidence.upper === Infinity) return evidence
  return { ...evidence, ...possibleLifts(arms, twoSidedReach(arms.control.count + arms.treatment.count, reach)) }
}

/** Bounds of the lift for one-sided questions, each at the level alpha; take `rho` for twice the alpha. */
export function oneSidedRelativeBounds(arms: Arms, options: ReachOptions): Interval {
  return possibleLifts(arms, oneSidedReach(arms.control.count + arms.treatment.count, options))
}

/** Treatment − (1 + lift)·control, or with a negative control what has the lift's sign. */
function contrast({ control, treatment }: Arms, lift: number) {
  const factor = control.value < 0 ? 1 - lift : 1 + lift
  const scaled = { value: control.value * factor, variance: control.variance * factor * factor, count: control.count }
  return absoluteDifference(scaled, treatment)
}

/**
 * The ratios θ = treatment / control with (T − θC)² <= reach²·(sT² + θ²·sC²), less 1: between the roots of
 * aθ² − 2bθ + c. Ratios below 0 do not count where a root is missing.
 */
function possibleLifts({ control, treatment }: Arms, reach: number): Interval {
  const ofControl = (reach * reach * control.variance) / control.count
  const ofTreatment = (reach * reach * treatment.variance) / treatment.count
  const a = control.value ** 2 - ofControl
  const b = control.value * treatment.value
  const c = treatment.value ** 2 - ofTreatment
  // b² − ac, without taking two large numbers from one another.
  const square = control.value ** 2 * ofTreatment + treatment.value ** 2 * ofControl - ofControl * ofTreatment
  const root = Math.sqrt(Math.max(0, square))
  if (![a, b, c].every(Number.isFinite)) return EVERYTHING
  // Control may be 0, so no ratio is too large; treatment is not, so some are too small.
  if (a <= 0) return b > 0 && c > 0 ? { lower: c / (b + root) - 1, upper: Infinity } : EVERYTHING
  const [low, high] = [(b - root) / a, (b + root) / a]
  return control.value > 0 ? { lower: low - 1, upper: high - 1 } : { lower: 1 - high, upper: 1 - low }
}
