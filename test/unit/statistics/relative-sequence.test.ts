import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  asymptoticSequence,
  rhoTightestAt,
} from '../../../control-plane/modules/ab-tests/statistics/asymptotic-sequence.ts'
import {
  BURN_IN,
  compareMeans,
  differenceSequence,
} from '../../../control-plane/modules/ab-tests/statistics/difference-sequence.ts'
import { relativeDifference } from '../../../control-plane/modules/ab-tests/statistics/difference.ts'
import { addToMoments, NO_MOMENTS } from '../../../control-plane/modules/ab-tests/statistics/moments.ts'
import { createRandom } from '../../../control-plane/modules/ab-tests/statistics/random.ts'
import {
  oneSidedRelativeBounds,
  relativeSequence,
} from '../../../control-plane/modules/ab-tests/statistics/relative-sequence.ts'

const OPTIONS = { alpha: 0.05, rho: rhoTightestAt(5000, 0.05) }
const arm = fc.record({
  value: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  variance: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  count: fc.integer({ min: BURN_IN, max: 1_000_000 }),
})

describe('a relative sequence', () => {
  test('contains its estimate, and leaves 0 out exactly when p is below alpha', () => {
    fc.assert(
      fc.property(arm, arm, (control, treatment) => {
        const { lower, upper, pValue } = relativeSequence({ control, treatment }, OPTIONS)
        const { value } = relativeDifference(control, treatment)
        expect(lower - 1e-9 <= value && value <= upper + 1e-9 * Math.abs(upper)).toBe(true)
        const tooCloseToTell = Math.abs(pValue / OPTIONS.alpha - 1) < 1e-4
        expect(tooCloseToTell || (lower > 0 || upper < 0) === pValue < OPTIONS.alpha).toBe(true)
      }),
    )
  })

  test('has ends that are just as unlikely as alpha when asked about them', () => {
    const arms = {
      control: { value: 0.2, variance: 0.16, count: 4000 },
      treatment: { value: 0.23, variance: 0.18, count: 3000 },
    }
    const { lower, upper } = relativeSequence(arms, OPTIONS)
    for (const nullValue of [lower, upper]) {
      expect(relativeSequence(arms, { ...OPTIONS, nullValue }).pValue).toBeCloseTo(OPTIONS.alpha, 9)
    }
    const negative = {
      control: { ...arms.control, value: -0.2 },
      treatment: { ...arms.treatment, value: -0.17 },
    }
    const below = relativeSequence(negative, OPTIONS)
    expect(below.lower < 0.15 && 0.15 < below.upper).toBe(true)
    for (const nullValue of [below.lower, below.upper]) {
      expect(relativeSequence(negative, { ...OPTIONS, nullValue }).pValue).toBeCloseTo(OPTIONS.alpha, 9)
    }
  })

  test('agrees with the delta method once control is known well', () => {
    const control = { value: 10, variance: 1, count: 100_000 }
    const treatment = { value: 10.5, variance: 1, count: 100_000 }
    const found = relativeSequence({ control, treatment }, OPTIONS)
    const byDelta = asymptoticSequence(relativeDifference(control, treatment), OPTIONS)
    expect(found.lower).toBeCloseTo(byDelta.lower, 5)
    expect(found.upper).toBeCloseTo(byDelta.upper, 5)
  })

  test('is open above where control may be 0, and says nothing where treatment may be too or nothing varies', () => {
    const control = { value: 0.01, variance: 0.01, count: 100 }
    const better = { value: 0.6, variance: 0.24, count: 100 }
    const open = relativeSequence({ control, treatment: better }, OPTIONS)
    expect(open.lower).toBeGreaterThan(0)
    expect(open.upper).toBe(Infinity)
    expect(open.pValue).toBeLessThan(0.05)
    const nothing = { lower: -Infinity, upper: Infinity, pValue: 1 }
    expect(relativeSequence({ control, treatment: control }, OPTIONS)).toMatchObject(nothing)
    const constant = { value: 1, variance: 0, count: 100 }
    expect(relativeSequence({ control: constant, treatment: constant }, OPTIONS)).toMatchObject(nothing)
  })

  test('has one-sided bounds within those of both sides', () => {
    const control = { value: 10, variance: 9, count: 2500 }
    const both = relativeSequence({ control, treatment: control }, OPTIONS)
    const one = oneSidedRelativeBounds({ control, treatment: control }, { alpha: 0.05, rho: rhoTightestAt(5000, 0.1) })
    expect(both.lower < one.lower && one.lower < 0 && 0 < one.upper && one.upper < both.upper).toBe(true)
  })

  // 200 experiments of 2,000 units and 49 looks each.
  test('names a winner among equal error rates of 1 % in at most 5 of 100 experiments, where the delta method fails', () => {
    const random = createRandom(31)
    const winners = { ours: 0, byDelta: 0 }
    for (let experiment = 0; experiment < 200; experiment++) {
      const arms = { control: NO_MOMENTS, treatment: NO_MOMENTS }
      const won = { ours: false, byDelta: false }
      for (let unit = 1; unit <= 1000; unit++) {
        arms.control = addToMoments(arms.control, random.bernoulli(0.01))
        arms.treatment = addToMoments(arms.treatment, random.bernoulli(0.01))
        if (unit < BURN_IN || unit % 20 > 0) continue
        const compared = compareMeans(arms, { scale: 'relative', bounded: true })
        won.ours ||= differenceSequence(compared, OPTIONS).pValue < 0.05
        const delta = relativeDifference(compared.control, compared.treatment)
        won.byDelta ||= asymptoticSequence(delta, OPTIONS).pValue < 0.05
      }
      winners.ours += Number(won.ours)
      winners.byDelta += Number(won.byDelta)
    }
    expect(winners.ours / 200).toBeLessThanOrEqual(0.05)
    expect(winners.byDelta / 200).toBeGreaterThan(0.05)
  })
})
