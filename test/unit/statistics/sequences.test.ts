import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  asymptoticSequence,
  foldPValue,
  oneSidedBounds,
  rhoTightestAt,
} from '../../../control-plane/modules/ab-tests/statistics/asymptotic-sequence.ts'
import { betaBinomialSequence } from '../../../control-plane/modules/ab-tests/statistics/beta-binomial-sequence.ts'
import {
  armSequence,
  BURN_IN,
  compareMeans,
  differenceSequence,
  pairedSequence,
} from '../../../control-plane/modules/ab-tests/statistics/difference-sequence.ts'
import { estimateMean, estimateProportion } from '../../../control-plane/modules/ab-tests/statistics/estimators.ts'
import { differenceOfIntervals } from '../../../control-plane/modules/ab-tests/statistics/interval.ts'
import { welchTest } from '../../../control-plane/modules/ab-tests/statistics/fixed-sample-test.ts'
import { liftPosterior } from '../../../control-plane/modules/ab-tests/statistics/lift-posterior.ts'
import { addToMoments, type Moments, NO_MOMENTS } from '../../../control-plane/modules/ab-tests/statistics/moments.ts'
import {
  adjustByBenjaminiHochberg,
  adjustByHolm,
} from '../../../control-plane/modules/ab-tests/statistics/multiple-testing.ts'
import { createRandom } from '../../../control-plane/modules/ab-tests/statistics/random.ts'
import {
  addScore,
  readScoreSequence,
  startScoreSequence,
} from '../../../control-plane/modules/ab-tests/statistics/score-sequence.ts'
import {
  inversePropensityScore,
  weightedSequence,
} from '../../../control-plane/modules/ab-tests/statistics/weighted-sequence.ts'

const OPTIONS = { alpha: 0.05, rho: rhoTightestAt(2000, 0.05) }
const alphas = fc.double({ min: 1e-6, max: 0.5, noNaN: true })
const momentsOf = (values: readonly number[]): Moments =>
  values.reduce((all, value) => addToMoments(all, value), NO_MOMENTS)
const passes = (count: number, passed: number): Moments =>
  momentsOf(Array.from({ length: count }, (_, index) => (index < passed ? 1 : 0)))

describe('an asymptotic sequence', () => {
  const estimate = fc.record({
    value: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    standardError: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    count: fc.integer({ min: 2, max: 1e9 }),
  })

  test('contains its estimate, has p in [0, 1], and leaves 0 out exactly when p is below alpha', () => {
    fc.assert(
      fc.property(estimate, alphas, (given, alpha) => {
        const { lower, upper, pValue } = asymptoticSequence(given, { alpha, rho: OPTIONS.rho })
        expect(lower).toBeLessThanOrEqual(given.value)
        expect(upper).toBeGreaterThanOrEqual(given.value)
        expect(pValue).toBeGreaterThanOrEqual(0)
        expect(pValue).toBeLessThanOrEqual(1)
        const leftOut = lower > 0 || upper < 0
        const tooCloseToTell = Math.abs(pValue / alpha - 1) < 1e-9
        expect(tooCloseToTell || leftOut === pValue < alpha).toBe(true)
      }),
    )
  })

  test('speaks against another value than 0 when asked', () => {
    const given = { value: 0.5, standardError: 0.01, count: 4000 }
    expect(asymptoticSequence(given, OPTIONS).pValue).toBeLessThan(1e-6)
    expect(asymptoticSequence(given, { ...OPTIONS, nullValue: 0.5 }).pValue).toBe(1)
  })

  test('says nothing of an estimate without a spread', () => {
    for (const standardError of [0, Number.NaN, Infinity]) {
      const given = { value: 1, standardError, count: 100 }
      const nothing = { lower: -Infinity, upper: Infinity }
      expect(asymptoticSequence(given, OPTIONS)).toEqual({ ...nothing, logEValue: 0, pValue: 1 })
      expect(oneSidedBounds(given, OPTIONS)).toMatchObject(nothing)
      expect(liftPosterior(given)).toBeNull()
    }
  })

  test('has one-sided bounds that are nearer than those of both sides, and contain the estimate', () => {
    fc.assert(
      fc.property(estimate, (given) => {
        const both = asymptoticSequence(given, OPTIONS)
        const one = oneSidedBounds(given, { alpha: 0.05, rho: rhoTightestAt(2000, 0.1) })
        expect(one.lower).toBeLessThanOrEqual(given.value)
        expect(one.upper).toBeGreaterThanOrEqual(given.value)
        const nearTheTightest = given.count > 200 && given.count < 20_000
        expect(!nearTheTightest || one.lower > both.lower).toBe(true)
      }),
    )
  })

  test('keeps the smallest p of all looks', () => {
    expect([0.3, 0.02, 0.6].reduce<number | null>((before, pValue) => foldPValue(before, { pValue }), null)).toBe(0.02)
  })
})

describe('a comparison', () => {
  const counts = fc.integer({ min: 0, max: 120 })

  test('contains its estimate and keeps p at 1 until each arm has enough units', () => {
    fc.assert(
      fc.property(counts, counts, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, rate) => {
        const arms = { control: passes(a, Math.round(a * rate)), treatment: passes(b, Math.round((b * rate) / 2)) }
        const found = differenceSequence(compareMeans(arms, { scale: 'absolute', bounded: true }), OPTIONS)
        const difference = arms.treatment.mean - arms.control.mean
        expect(found.lower).toBeLessThanOrEqual(difference + 1e-12)
        expect(found.upper).toBeGreaterThanOrEqual(difference - 1e-12)
        expect(Math.min(a, b) >= BURN_IN || (found.pValue === 1 && found.method === 'exact')).toBe(true)
      }),
    )
  })

  test('of values without bounds is silent at first', () => {
    const arms = { control: momentsOf([1, 2, 3]), treatment: momentsOf([4, 5, 6]) }
    const found = differenceSequence(compareMeans(arms, { scale: 'relative', bounded: false }), OPTIONS)
    expect(found).toEqual({ lower: -Infinity, upper: Infinity, logEValue: 0, pValue: 1, method: 'none' })
  })

  test('of an arm where all passed with one where all failed is decided', () => {
    const arms = { control: estimateProportion(passes(60, 0)), treatment: estimateProportion(passes(60, 60)) }
    const found = differenceSequence({ ...arms, scale: 'absolute', bounded: null }, OPTIONS)
    expect(found.pValue).toBeLessThan(0.001)
  })

  test('of the same prompts is exact at first, for differences in [-1, 1]', () => {
    const few = pairedSequence({ differences: momentsOf([1, 0, 0, -1, 1]), bounded: true }, OPTIONS)
    expect(few.method).toBe('exact')
    expect(few.lower).toBeGreaterThanOrEqual(-1)
    expect(few.upper).toBeLessThanOrEqual(1)
    expect(pairedSequence({ differences: momentsOf([1]), bounded: false }, OPTIONS).method).toBe('none')
    const many = momentsOf(Array.from({ length: 200 }, (_, index) => (index % 3) - 0.5))
    expect(pairedSequence({ differences: many, bounded: false }, OPTIONS)).toMatchObject({ method: 'asymptotic' })
  })

  test('by intervals holds every pair of values in them', () => {
    const interval = fc.tuple(fc.double({ min: 0, max: 9, noNaN: true }), fc.double({ min: 0, max: 9, noNaN: true }))
    fc.assert(
      fc.property(interval, interval, ([a, widthA], [b, widthB]) => {
        const control = { lower: a, upper: a + widthA }
        const treatment = { lower: b, upper: b + widthB }
        const absolute = differenceOfIntervals(control, treatment, 'absolute')
        const relative = differenceOfIntervals(control, treatment, 'relative')
        for (const from of Object.values(control)) {
          for (const to of Object.values(treatment)) {
            expect(absolute.lower <= to - from && to - from <= absolute.upper).toBe(true)
            const lift = to / from - 1
            expect(from === 0 || (relative.lower <= lift && lift <= relative.upper)).toBe(true)
          }
        }
      }),
    )
    const open = { lower: -Infinity, upper: Infinity }
    expect(differenceOfIntervals(open, { lower: 1, upper: 2 }, 'relative')).toEqual({ lower: -1, upper: Infinity })
    expect(differenceOfIntervals({ lower: 0, upper: 0 }, open, 'relative')).toEqual(open)
  })
})

describe('an exact sequence', () => {
  test('for pass rates contains the rate and lies in [0, 1], scores with fractions included', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 5000 }),
        alphas,
        (rate, count, alpha) => {
          const { lower, upper } = betaBinomialSequence({ passes: rate * count, count }, { alpha })
          expect(lower).toBeGreaterThanOrEqual(0)
          expect(upper).toBeLessThanOrEqual(1)
          expect(count === 0 || (lower <= rate && rate <= upper)).toBe(true)
        },
      ),
    )
    expect(betaBinomialSequence({ passes: 0, count: 0 }, { alpha: 0.05 })).toEqual({ lower: 0, upper: 1 })
  })

  test('for scores lies in [0, 1], contains its centre, and goes on from JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }), (scores) => {
        const sequence = scores.reduce(addScore, startScoreSequence(0.05))
        const { lower, upper, centre } = readScoreSequence(JSON.parse(JSON.stringify(sequence)) as typeof sequence)
        expect(lower).toBeGreaterThanOrEqual(0)
        expect(upper).toBeLessThanOrEqual(1)
        expect(lower - 1e-12 <= centre && centre <= upper + 1e-12).toBe(true)
      }),
    )
  })

  test('for scores refuses what is not one', () => {
    for (const score of [-0.1, 1.1, Number.NaN]) {
      expect(() => addScore(startScoreSequence(0.05), score)).toThrow(RangeError)
    }
  })

  // 400 runs of 200 looks each.
  test('hardly ever misses, looked at after every score', () => {
    const random = createRandom(5)
    const missed = { betaBinomial: 0, bernstein: 0, scores: 0 }
    for (let run = 0; run < 400; run++) {
      let sequence = startScoreSequence(0.05)
      const misses = { betaBinomial: false, bernstein: false, scores: false }
      const sums = { passes: 0, scores: 0 }
      for (let count = 1; count <= 200; count++) {
        const score = random.uniform() ** 2
        sums.passes += random.bernoulli(0.9)
        sums.scores += score
        sequence = addScore(sequence, score)
        if (count % 4 > 0) continue
        const pass = betaBinomialSequence({ passes: sums.passes, count }, { alpha: 0.05 })
        const mean = betaBinomialSequence({ passes: sums.scores, count }, { alpha: 0.05 })
        const bernstein = readScoreSequence(sequence)
        misses.betaBinomial ||= 0.9 < pass.lower || 0.9 > pass.upper
        misses.scores ||= 1 / 3 < mean.lower || 1 / 3 > mean.upper
        misses.bernstein ||= 1 / 3 < bernstein.lower || 1 / 3 > bernstein.upper
      }
      missed.betaBinomial += Number(misses.betaBinomial)
      missed.scores += Number(misses.scores)
      missed.bernstein += Number(misses.bernstein)
    }
    expect(Math.max(...Object.values(missed)) / 400).toBeLessThanOrEqual(0.05)
  })
})

describe('looked at all the time', () => {
  // 200 experiments of 1,000 units and 90 looks each.
  test('two equal variants have a winner in at most 5 of 100 experiments, and a naive test sees one in over 20', () => {
    const random = createRandom(11)
    let ours = 0
    let naive = 0
    for (let experiment = 0; experiment < 200; experiment++) {
      const arms = { control: NO_MOMENTS, treatment: NO_MOMENTS }
      const won = { ours: false, naive: false }
      for (let unit = 1; unit <= 500; unit++) {
        arms.control = addToMoments(arms.control, random.lognormal(0, 1))
        arms.treatment = addToMoments(arms.treatment, random.lognormal(0, 1))
        if (unit < BURN_IN || unit % 5 > 0) continue
        const compared = compareMeans(arms, { scale: 'absolute', bounded: false })
        won.ours ||= differenceSequence(compared, OPTIONS).pValue < 0.05
        won.naive ||= welchTest(compared, 0.95).pValue < 0.05
      }
      ours += Number(won.ours)
      naive += Number(won.naive)
    }
    expect(ours / 200).toBeLessThanOrEqual(0.05)
    expect(naive / 200).toBeGreaterThan(0.2)
  })

  // 200 experiments of 2,000 units; the share of traffic follows the results.
  test('an allocation that chases the leader misleads neither the weighted nor the per-arm sequences', () => {
    const random = createRandom(12)
    const weighted = { alpha: 0.05, rho: rhoTightestAt(4000, 0.05) }
    const perArm = { alpha: 0.025, rho: rhoTightestAt(1000, 0.025) }
    let missed = 0
    for (let experiment = 0; experiment < 200; experiment++) {
      let scores = NO_MOMENTS
      const arms = { control: NO_MOMENTS, treatment: NO_MOMENTS }
      let miss = false
      for (let unit = 1; unit <= 2000; unit++) {
        const share = arms.treatment.mean > arms.control.mean ? 0.9 : 0.1
        const assigned = random.uniform() < share ? 'treatment' : 'control'
        const outcome = random.bernoulli(assigned === 'treatment' ? 0.55 : 0.5)
        const propensity = assigned === 'treatment' ? share : 1 - share
        scores = addToMoments(scores, inversePropensityScore({ outcome, assigned, propensity }))
        arms[assigned] = addToMoments(arms[assigned], outcome)
        if (unit < 200 || unit % 20 > 0) continue
        const byWeight = weightedSequence(scores, weighted)
        const [control, treatment] = [arms.control, arms.treatment].map((bounded) =>
          armSequence({ arm: estimateMean(bounded), bounded }, perArm),
        ) as [ReturnType<typeof armSequence>, ReturnType<typeof armSequence>]
        const byArm = differenceOfIntervals(control, treatment, 'absolute')
        miss ||= [byWeight, byArm].some(({ lower, upper }) => 0.05 < lower || 0.05 > upper)
      }
      missed += Number(miss)
    }
    expect(missed / 200).toBeLessThanOrEqual(0.05)
  })
})

describe('weighted contributions', () => {
  test('contain their mean, have p in [0, 1], and say nothing of fewer than two', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { maxLength: 60 }), (scores) => {
        const moments = momentsOf(scores)
        const { lower, upper, pValue } = weightedSequence(moments, OPTIONS)
        expect(lower <= moments.mean && moments.mean <= upper).toBe(true)
        expect(pValue >= 0 && pValue <= 1).toBe(true)
      }),
    )
    expect(weightedSequence(momentsOf([1]), OPTIONS).pValue).toBe(1)
  })

  test('count units of other arms as nothing, and refuse impossible propensities', () => {
    expect(inversePropensityScore({ outcome: 3, assigned: 'other', propensity: 0.2 })).toBe(0)
    expect(inversePropensityScore({ outcome: 3, assigned: 'control', propensity: 0.5 })).toBe(-6)
    for (const propensity of [0, -1, 1.5, Number.NaN]) {
      expect(() => inversePropensityScore({ outcome: 1, assigned: 'control', propensity })).toThrow(RangeError)
    }
  })
})

test('adjusted p-values are never smaller than plain ones, stay in [0, 1] and keep their order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (pValues) => {
      for (const adjusted of [adjustByHolm(pValues), adjustByBenjaminiHochberg(pValues)]) {
        expect(adjusted).toHaveLength(pValues.length)
        adjusted.forEach((value, index) => {
          expect(value).toBeGreaterThanOrEqual((pValues[index] ?? 0) - 1e-12)
          expect(value).toBeLessThanOrEqual(1)
        })
      }
      adjustByHolm(pValues).forEach((value, index) => {
        expect(value).toBeGreaterThanOrEqual((adjustByBenjaminiHochberg(pValues)[index] ?? 0) - 1e-12)
      })
    }),
  )
})
