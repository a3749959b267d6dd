import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  prepareArms,
  weighRivals,
  type AdaptiveArm,
} from '../../../control-plane/modules/ab-tests/statistics/adaptive-arms.ts'
import { allocateOptimally } from '../../../control-plane/modules/ab-tests/statistics/adaptive-optimal-weights.ts'
import {
  gaussianCalibration,
  stoppingThreshold,
} from '../../../control-plane/modules/ab-tests/statistics/adaptive-threshold.ts'
import { trackAndStop } from '../../../control-plane/modules/ab-tests/statistics/adaptive-track-and-stop.ts'
import vectors from '../../fixtures/statistics/track-and-stop.json' with { type: 'json' }

const SCORES = { scale: 'unbounded', direction: 'maximize' } as const

describe('the optimal weights', () => {
  it.each(vectors.weights)('equal those of a cone solver: $name', (given) => {
    const arms = toArms(given.means, given)
    const prepared = prepareArms(arms, { scale: 'unbounded', direction: given.maximize ? 'maximize' : 'minimize' })
    const { weights } = allocateOptimally(prepared, given)
    const free = allocateOptimally(prepared, { ...given, floor: 0 })
    expect(furthest(weights, given.weights)).toBeLessThan(1e-4)
    expect(furthest(free.weights, given.weightsWithoutFloor)).toBeLessThan(1e-4)
    expect(free.characteristicTime / given.characteristicTime).toBeCloseTo(1, 9)
  })

  it.each(vectors.equalVariance)('equal those of a general solver for means $means', (given) => {
    const arms = given.means.map((value, index) => ({ name: `${index}`, value, variance: given.variance, count: 99 }))
    const { weights, characteristicTime } = allocateOptimally(prepareArms(arms, SCORES), { epsilon: 0, floor: 0 })
    expect(furthest(weights, given.weights)).toBeLessThan(1e-4)
    expect(characteristicTime).toBeCloseTo(given.characteristicTime, 6)
  })

  it('sum to 1, keep every floor and beat equal shares, whatever the arms', () => {
    fc.assert(
      fc.property(armsOf(), fc.double({ min: 0, max: 0.05, noNaN: true }), (arms, floor) => {
        const prepared = prepareArms(arms, SCORES)
        const { weights, characteristicTime } = allocateOptimally(prepared, { epsilon: 0, floor })
        expect(Math.abs(sum(weights) - 1)).toBeLessThan(1e-12)
        expect(Math.min(...weights)).toBeGreaterThan(floor - 1e-9)
        const equal = weighRivals(
          prepared.map((arm) => ({ ...arm, pulls: 1 / arms.length })),
          0,
        )
        const slowest = Math.min(...equal.map(({ evidence }) => evidence))
        expect(slowest).toBeLessThanOrEqual((1 + 1e-6) / characteristicTime)
      }),
      { numRuns: 60 },
    )
  })

  it('do not depend on the unit of the metric', () => {
    const arms = toArms([0.2, 0.6, 0.4], { variances: [0.1, 0.2, 0.15], counts: [10, 10, 10] })
    const inNanos = arms.map((arm) => ({ ...arm, value: arm.value * 1e150, variance: arm.variance * 1e300 }))
    const [one, other] = [arms, inNanos].map((given) =>
      allocateOptimally(prepareArms(given, SCORES), { epsilon: 0, floor: 0.02 }),
    )
    expect(furthest(other?.weights ?? [], one?.weights ?? [])).toBeLessThan(1e-6)
  })

  it('are equal where no arm differs from another in anything', () => {
    const arms = toArms([1, 1, 1, 1], { variances: [2, 2, 2, 2], counts: [50, 50, 50, 50] })
    const { weights, characteristicTime } = allocateOptimally(prepareArms(arms, SCORES), { epsilon: 0, floor: 0.02 })
    expect(sum(weights.slice(0, 3))).toBeLessThan(1)
    expect(characteristicTime).toBe(Infinity)
    const constant = toArms([1, 2], { variances: [0, 0], counts: [50, 50] })
    expect(allocateOptimally(prepareArms(constant, SCORES), { epsilon: 0, floor: 0 }).weights).toEqual([0.5, 0.5])
  })
})

describe('the threshold', () => {
  it.each(vectors.threshold)('after $totalPulls observations at delta $delta is the published one', (given) => {
    const point = { rule: 'practical', arms: 2, leaderPulls: 1, rivalPulls: 1, ...given } as const
    expect(stoppingThreshold(point)).toBeCloseTo(given.twoArms, 12)
  })

  it('asks for more of more arms, and the strict one for more than the practical', () => {
    const point = { delta: 0.05, leaderPulls: 500, rivalPulls: 500, totalPulls: 1_000 }
    const practical = stoppingThreshold({ rule: 'practical', arms: 5, ...point })
    expect(practical - stoppingThreshold({ rule: 'practical', arms: 2, ...point })).toBeCloseTo(Math.log(4), 12)
    expect(stoppingThreshold({ rule: 'strict', arms: 5, ...point })).toBeGreaterThan(2 * practical)
  })

  it('uses a calibration that is x + ln x for large x, as its authors say', () => {
    expect(gaussianCalibration(500) / (500 + Math.log(500))).toBeCloseTo(1, 2)
    expect(gaussianCalibration(1.5)).toBeCloseTo(3.0465, 3)
  })
})

describe('track and stop', () => {
  it.each(vectors.stopping)('at delta $delta with means $means and $pulls observations each: stops $stops', (given) => {
    const arms = given.means.map((value, index) => ({
      name: `variant ${index}`,
      value,
      variance: given.variance,
      count: given.pulls,
    }))
    const decision = trackAndStop(arms, { ...SCORES, delta: given.delta })
    expect(decision).toMatchObject(
      given.stops ? { type: 'stopped', winner: 'variant 1' } : { type: 'exploring', leader: 'variant 1' },
    )
  })

  it('concludes nothing, at equal shares, before every variant has its least number of observations', () => {
    const arms = toArms([0.1, 0.9, 0.2], { variances: [0.01, 0.01, 0.01], counts: [29, 5_000, 30] })
    expect(trackAndStop(arms, { ...SCORES, scale: 'unit-interval' })).toEqual({
      type: 'warming-up',
      weights: [1 / 3, 1 / 3, 1 / 3],
      missing: [{ name: 'variant 0', pulls: 29 }],
    })
  })

  it('does not take an unbroken row of successes for certainty', () => {
    const arms = toArms([1, 0.9], { variances: [0, 0.09], counts: [30, 30] })
    const decision = trackAndStop(arms, { scale: 'pass-fail', direction: 'maximize' })
    expect(decision).toMatchObject({ type: 'exploring', leader: 'variant 0', hardestRival: 'variant 1' })
  })

  it('names the cheapest when less is better', () => {
    const arms = toArms([3, 2, 2.9], { variances: [1, 1, 1], counts: [400, 400, 400] })
    const decision = trackAndStop(arms, { scale: 'unbounded', direction: 'minimize' })
    expect(decision).toMatchObject({ type: 'stopped', winner: 'variant 1', hardestRival: 'variant 2' })
  })

  it('by the strict rule waits where the practical one stops', () => {
    const arms = toArms([0.5, 0.6], { variances: [0.25, 0.25], counts: [1_000, 1_000] })
    expect(trackAndStop(arms, SCORES).type).toBe('stopped')
    expect(trackAndStop(arms, { ...SCORES, rule: 'strict' }).type).toBe('exploring')
  })

  it('never stops between variants that tie, unless a difference is allowed that does not matter', () => {
    const arms = toArms([0.5, 0.5], { variances: [0.25, 0.25], counts: [100_000, 100_000] })
    expect(trackAndStop(arms, { scale: 'pass-fail', direction: 'maximize' }).type).toBe('exploring')
    expect(trackAndStop(arms, { scale: 'pass-fail', direction: 'maximize', epsilon: 0.02 }).type).toBe('stopped')
  })

  it('gives every variant its floor, whatever was seen', () => {
    fc.assert(
      fc.property(armsOf(), (arms) => {
        const { weights } = trackAndStop(arms, { ...SCORES, floor: 0.05 })
        expect(Math.abs(sum(weights) - 1)).toBeLessThan(1e-12)
        expect(Math.min(...weights)).toBeGreaterThan(Math.min(0.05, 1 / (2 * arms.length)) - 1e-9)
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['one arm', [{ name: 'a', value: 1, variance: 1, count: 40 }], {}],
    ['a negative variance', toArms([1, 2], { variances: [1, -1], counts: [40, 40] }), {}],
    ['half an observation', toArms([1, 2], { variances: [1, 1], counts: [40, 40.5] }), {}],
    ['a mean that is none', toArms([1, Number.NaN], { variances: [1, 1], counts: [40, 40] }), {}],
    ['a floor below 2 %', toArms([1, 2], { variances: [1, 1], counts: [40, 40] }), { floor: 0.01 }],
    ['too few least observations', toArms([1, 2], { variances: [1, 1], counts: [40, 40] }), { minPulls: 10 }],
    ['no room for error', toArms([1, 2], { variances: [1, 1], counts: [40, 40] }), { delta: 0 }],
  ])('refuses %s', (_what, arms, options) => {
    expect(() => trackAndStop(arms, { ...SCORES, ...options })).toThrow(RangeError)
  })
})

function toArms(values: readonly number[], seen: { variances: readonly number[]; counts: readonly number[] }) {
  return values.map((value, index) => ({
    name: `variant ${index}`,
    value,
    variance: seen.variances[index] ?? 1,
    count: seen.counts[index] ?? 0,
  }))
}

function armsOf(): fc.Arbitrary<AdaptiveArm[]> {
  const arm = fc.record({
    name: fc.string({ maxLength: 3 }),
    value: fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100),
    variance: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    count: fc.integer({ min: 30, max: 1_000_000 }),
  })
  return fc.array(arm, { minLength: 2, maxLength: 12 })
}

function furthest(actual: readonly number[], wanted: readonly number[]): number {
  return Math.max(...actual.map((value, index) => Math.abs(value - (wanted[index] ?? Number.NaN))))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
