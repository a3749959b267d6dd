import { studentT } from './distributions.ts'
import { absoluteDifference, type Estimate, relativeDifference } from './difference.ts'
import type { ArmEstimate } from './estimators.ts'
import type { Scale } from './interval.ts'

/** A test for one look at a size planned beforehand. */
export interface FixedSampleTest extends Estimate {
  degrees: number
  lower: number
  upper: number
  pValue: number
}

/**
 * Welch's t test: what most tools show, and what is wrong when it is looked at as data arrives. Here as the yardstick of
 * simulations and for benchmark runs of a planned size.
 */
export function welchTest(
  { control, treatment, scale }: { control: ArmEstimate; treatment: ArmEstimate; scale: Scale },
  confidence: number,
): FixedSampleTest {
  const estimate = (scale === 'absolute' ? absoluteDifference : relativeDifference)(control, treatment)
  const degrees = degreesOfFreedom(control, treatment)
  const reach = studentT.quantile((1 + confidence) / 2, degrees) * estimate.standardError
  return {
    ...estimate,
    degrees,
    lower: estimate.value - reach,
    upper: estimate.value + reach,
    pValue: studentT.twoSidedTail(estimate.value / estimate.standardError, degrees),
  }
}

/** Welch and Satterthwaite. */
function degreesOfFreedom(control: ArmEstimate, treatment: ArmEstimate): number {
  const parts = [control, treatment].map((arm) => ({ part: arm.variance / arm.count, degrees: arm.count - 1 }))
  const whole = parts.reduce((sum, { part }) => sum + part, 0)
  return (whole * whole) / parts.reduce((sum, { part, degrees }) => sum + (part * part) / degrees, 0)
}
