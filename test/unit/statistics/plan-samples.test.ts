import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planSamples } from '../../../control-plane/modules/ab-tests/statistics/plan-samples.ts'

describe('the planned number of units', () => {
  it('of a fixed test is the textbook’s', () => {
    // 16 standard deviations squared over the effect squared, per variant, is the rule of thumb; exactly 15.7.
    expect(planSamples({ effect: 0.1, productionVariance: 1 }).fixed.units).toBe(3_140)
    const proportions = planSamples({ effect: 0.05, productionVariance: 0.7 * 0.3, variantVariance: 0.75 * 0.25 })
    expect(proportions.fixed.units).toBe(2_496)
  })

  it('of the sequence is larger at worst and smaller on average than that at worst', () => {
    const { fixed, sequential } = planSamples({ effect: 0.05, productionVariance: 0.21 })
    expect(sequential.units / fixed.units).toBeGreaterThan(1.5)
    expect(sequential.units / fixed.units).toBeLessThan(2.2)
    expect(sequential.meanUnitsAtMost).toBeLessThan(sequential.units)
  })

  it('grows with power, with comparisons and as the effect shrinks, and does not depend on its sign', () => {
    const plan = fc.record({
      effect: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
      productionVariance: fc.double({ min: 0.01, max: 100, noNaN: true }),
      power: fc.double({ min: 0.5, max: 0.95, noNaN: true }),
      tightestAt: fc.integer({ min: 100, max: 100_000 }),
    })
    fc.assert(
      fc.property(plan, (given) => {
        const base = units(given)
        expect(units({ ...given, effect: -given.effect })).toEqual(base)
        for (const harder of [{ power: 0.96 }, { comparisons: 3 }, { effect: given.effect / 2 }]) {
          const more = units({ ...given, ...harder })
          expect(more.every((count, index) => count >= (base[index] ?? Infinity))).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('counts the whole test where the compared variants get only a part of its traffic', () => {
    const half = planSamples({ effect: 0.1, productionVariance: 1 })
    const quarter = planSamples({ effect: 0.1, productionVariance: 1, productionShare: 0.25, variantShare: 0.25 })
    expect(quarter.sequential.units / half.sequential.units).toBeCloseTo(2, 2)
    expect(quarter.sequential.tightestAt).toBe(half.sequential.tightestAt)
  })

  it('is one where the effect is beyond every doubt', () => {
    const { fixed, sequential } = planSamples({ effect: 1e6, productionVariance: 1 })
    expect([fixed.units, sequential.units, sequential.tightestAt]).toEqual([1, 1, 1])
  })

  it.each([
    ['no effect', { effect: 0, productionVariance: 1 }],
    ['no variance', { effect: 1, productionVariance: 0 }],
    ['more traffic than there is', { effect: 1, productionVariance: 1, productionShare: 0.9 }],
    ['power below alpha', { effect: 1, productionVariance: 1, power: 0.04 }],
    ['half a comparison', { effect: 1, productionVariance: 1, comparisons: 1.5 }],
  ])('is refused for %s', (_what, plan) => {
    expect(() => planSamples(plan)).toThrow(RangeError)
  })
})

function units(plan: Parameters<typeof planSamples>[0]): number[] {
  const { fixed, sequential } = planSamples(plan)
  return [fixed.units, sequential.units, sequential.meanUnitsAtMost]
}
