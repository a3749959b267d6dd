import { chiSquareUpperTail } from './distributions.ts'

/** Below this the arms' sizes do not look like what their weights would give: something loses units. */
export const SAMPLE_RATIO_ALARM = 0.001
/** Chi-square is not to be trusted with fewer expected units in an arm. */
const FEWEST_EXPECTED = 8

export interface SampleRatioTest {
  statistic: number
  degrees: number
  /** In [0, 1]; 1 when fewer than two arms have a weight. */
  pValue: number
  /** Whether every arm expects enough units for the approximation. */
  reliable: boolean
}

/**
 * Pearson's chi-square test of units per arm against weights, for one look. Arms without weight are left out.
 *
 * @param observed units first exposed, per arm
 * @param weights of the same arms, of any sum
 */
export function testSampleRatio(observed: readonly number[], weights: readonly number[]): SampleRatioTest {
  const arms = weights.flatMap((weight, arm) => (weight > 0 ? [{ weight, units: observed[arm] ?? 0 }] : []))
  const units = arms.reduce((sum, arm) => sum + arm.units, 0)
  const weight = arms.reduce((sum, arm) => sum + arm.weight, 0)
  const degrees = arms.length - 1
  if (degrees < 1 || units === 0) return { statistic: 0, degrees: Math.max(0, degrees), pValue: 1, reliable: false }
  const expected = arms.map((arm) => (units * arm.weight) / weight)
  const statistic = arms.reduce((sum, arm, index) => {
    const expectedHere = expected[index] ?? 0
    return sum + (arm.units - expectedHere) ** 2 / expectedHere
  }, 0)
  return {
    statistic,
    degrees,
    pValue: chiSquareUpperTail(statistic, degrees),
    reliable: Math.min(...expected) >= FEWEST_EXPECTED,
  }
}
