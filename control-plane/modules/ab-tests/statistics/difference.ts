import type { ArmEstimate } from './estimators.ts'
import { type Moments, sampleVariance } from './moments.ts'

/** An estimated quantity with its standard error, from `count` units in all. */
export interface Estimate {
  value: number
  standardError: number
  count: number
}

/** Treatment minus control. */
export function absoluteDifference(control: ArmEstimate, treatment: ArmEstimate): Estimate {
  return {
    value: treatment.value - control.value,
    standardError: Math.sqrt(control.variance / control.count + treatment.variance / treatment.count),
    count: control.count + treatment.count,
  }
}

/**
 * (treatment − control) / |control|, by the delta method: for reading, and for tests of a planned size. What is looked at
 * as data arrives takes {@link import('./relative-sequence.ts').relativeSequence}, which also holds for small rates.
 *
 * @returns 0.05 means 5 % more than control; value and standard error `NaN` when control is 0, to which nothing relates
 */
export function relativeDifference(control: ArmEstimate, treatment: ArmEstimate): Estimate {
  const base = control.value * control.value
  const count = control.count + treatment.count
  if (!(base > 0)) return { value: Number.NaN, standardError: Number.NaN, count }
  const ofTreatment = treatment.variance / treatment.count / base
  const ofControl = (control.variance / control.count) * ((treatment.value / base) * (treatment.value / base))
  return {
    value: (treatment.value - control.value) / Math.abs(control.value),
    standardError: Math.sqrt(ofTreatment + ofControl),
    count,
  }
}

/** One arm's metric by itself, for a sequence per arm. */
export function armAlone(arm: ArmEstimate): Estimate {
  return { value: arm.value, standardError: Math.sqrt(arm.variance / arm.count), count: arm.count }
}

/**
 * The mean of differences between two variants that answered the same prompts (benchmark runs, shadow traffic).
 *
 * @param differences treatment minus control, one per prompt
 */
export function pairedDifference(differences: Moments): Estimate {
  return {
    value: differences.mean,
    standardError: Math.sqrt(sampleVariance(differences) / differences.count),
    count: differences.count,
  }
}
