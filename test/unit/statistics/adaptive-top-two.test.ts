import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shareByTopTwo } from '../../../control-plane/modules/ab-tests/statistics/adaptive-top-two.ts'

const SCORES = { scale: 'unbounded', direction: 'maximize' } as const

describe('top-two sharing', () => {
  const arms = [0.5, 0.48, 0.3].map((value, index) => ({ name: `${index}`, value, variance: 0.25, count: 200 }))

  it('sums to 1, keeps every floor and repeats itself, whatever the arms and the way of sharing', () => {
    const arm = fc.record({
      name: fc.string({ maxLength: 3 }),
      value: fc.double({ min: -1e3, max: 1e3, noNaN: true }),
      variance: fc.double({ min: 1e-2, max: 1e3, noNaN: true }),
      count: fc.integer({ min: 1, max: 1_000_000 }),
    })
    const sharings = fc.constantFrom('thompson', 'top-two', 'information')
    fc.assert(
      fc.property(fc.array(arm, { minLength: 2, maxLength: 6 }), sharings, (some, sharing) => {
        const { weights, chancesToBeBest } = shareByTopTwo(some, { ...SCORES, sharing, floor: 0.03 })
        expect(Math.abs(sum(weights) - 1)).toBeLessThan(1e-12)
        expect(Math.abs(sum(chancesToBeBest) - 1)).toBeLessThan(1e-12)
        expect(Math.min(...weights)).toBeGreaterThan(0.03 - 1e-12)
        expect(shareByTopTwo(some, { ...SCORES, sharing, floor: 0.03 }).weights).toEqual(weights)
      }),
      { numRuns: 40 },
    )
  })

  it('gives about half to the leader and half to its closest challenger, little to the rest', () => {
    const { weights } = shareByTopTwo(arms, { ...SCORES, floor: 0.02 })
    expect(weights[0]).toBeCloseTo(0.49, 2)
    expect(weights[1]).toBeCloseTo(0.49, 2)
    expect(weights[2]).toBeCloseTo(0.02, 2)
  })

  it('follows the chance to be best when it is to earn while it learns', () => {
    const { weights, chancesToBeBest } = shareByTopTwo(arms, { ...SCORES, sharing: 'thompson', floor: 0 })
    expect(weights).toEqual(chancesToBeBest)
    expect(weights[0]).toBeGreaterThan(0.6)
  })

  it('by information sends the traffic to whichever of the two is known worse', () => {
    const unequal = arms.map((arm, index) => ({ ...arm, count: index === 1 ? 50 : 800 }))
    const { weights } = shareByTopTwo(unequal, { ...SCORES, sharing: 'information', floor: 0 })
    expect(weights[1]).toBeGreaterThan(2 * (weights[0] ?? 1))
  })

  it('gives the chance to the best where nothing is uncertain', () => {
    const certain = [3, 5, 5].map((value, index) => ({ name: `${index}`, value, variance: 0, count: 40 }))
    expect(shareByTopTwo(certain, SCORES).chancesToBeBest).toEqual([0, 0.5, 0.5])
  })

  it('refuses an arm without an observation and a floor above 5 %', () => {
    const unseen = arms.map((arm) => ({ ...arm, count: 0 }))
    expect(() => shareByTopTwo(unseen, SCORES)).toThrow(RangeError)
    expect(() => shareByTopTwo(arms, { ...SCORES, floor: 0.2 })).toThrow(RangeError)
  })
})

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
