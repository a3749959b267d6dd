import type { SettingFault } from './setting-fault.ts'

/** How far the sum of weights may be from 1: rounding, and no more. */
const WEIGHT_TOLERANCE = 1e-9

/**
 * What is wrong with a test's weights; empty: nothing. They are finite, not negative, sum to 1, and one at least is
 * above 0.
 */
export function checkWeights(weights: readonly unknown[]): SettingFault[] {
  if (weights.length === 0) return [{ path: 'weights', message: 'must hold the weight of at least one variant' }]
  const faults = weights.flatMap((weight, index) => {
    const isWeight = typeof weight === 'number' && Number.isFinite(weight) && weight >= 0
    return isWeight ? [] : [{ path: `weights[${index}]`, message: 'must be a finite number, 0 or more' }]
  })
  if (faults.length > 0) return faults
  const sum = weights.reduce<number>((total, weight) => total + Number(weight), 0)
  if (Math.abs(sum - 1) <= WEIGHT_TOLERANCE) return []
  return [{ path: 'weights', message: `must sum to 1, not to ${sum}` }]
}

/** What is wrong with a test's coverage; empty: nothing. */
export function checkCoverage(coverage: unknown): SettingFault[] {
  if (typeof coverage === 'number' && coverage >= 0 && coverage <= 1) return []
  return [{ path: 'coverage', message: 'must be a number from 0 to 1' }]
}
