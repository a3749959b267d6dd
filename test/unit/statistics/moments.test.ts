import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  absoluteDifference,
  pairedDifference,
  relativeDifference,
} from '../../../control-plane/modules/ab-tests/statistics/difference.ts'
import {
  estimateAdjustedMeans,
  estimateMean,
  estimateProportion,
  estimateRatio,
} from '../../../control-plane/modules/ab-tests/statistics/estimators.ts'
import {
  addToJointMoments,
  firstMoments,
  type JointMoments,
  mergeJointMoments,
  NO_JOINT_MOMENTS,
} from '../../../control-plane/modules/ab-tests/statistics/joint-moments.ts'
import {
  addToMoments,
  mergeMoments,
  type Moments,
  momentsFromSums,
  NO_MOMENTS,
  sampleVariance,
} from '../../../control-plane/modules/ab-tests/statistics/moments.ts'
import { createRandom } from '../../../control-plane/modules/ab-tests/statistics/random.ts'

const momentsOf = (values: readonly number[]): Moments =>
  values.reduce((all, value) => addToMoments(all, value), NO_MOMENTS)
const jointOf = (pairs: readonly (readonly [number, number])[]): JointMoments =>
  pairs.reduce((all, pair) => addToJointMoments(all, pair), NO_JOINT_MOMENTS)

const value = fc.double({ min: -1e3, max: 1e3, noNaN: true })
const pair = fc.tuple(value, value)

/** The largest difference between two sets of sums, beside their size; some 1e-15 for each value is rounding. */
function distance(actual: object, expected: object): number {
  const differences = Object.entries(expected).map(([name, wanted]) => {
    const found = (actual as Record<string, number>)[name] ?? Number.NaN
    return Math.abs(found - wanted) / (1e6 + Math.abs(wanted))
  })
  return Math.max(...differences)
}

/** Cuts a list at random places and shuffles the parts. */
function shuffledParts<Value>(values: readonly Value[], seed: number): Value[][] {
  const random = createRandom(seed)
  const parts: Value[][] = [[], [], [], [], []]
  for (const each of values) parts[Math.floor(random.uniform() * parts.length)]?.push(each)
  return parts.sort(() => random.uniform() - 0.5)
}

describe('moments', () => {
  test('merged in any order and split equal those of the whole', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.integer(), (values, seed) => {
        const merged = shuffledParts(values, seed).map(momentsOf).reduce(mergeMoments, NO_MOMENTS)
        expect(distance(merged, momentsOf(values))).toBeLessThan(1e-9)
      }),
    )
  })

  test('of pairs merged in any order and split equal those of the whole', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 60 }), fc.integer(), (pairs, seed) => {
        const merged = shuffledParts(pairs, seed).map(jointOf).reduce(mergeJointMoments, NO_JOINT_MOMENTS)
        expect(distance(merged, jointOf(pairs))).toBeLessThan(1e-9)
        expect(distance(firstMoments(merged), momentsOf(pairs.map(([first]) => first)))).toBeLessThan(1e-9)
      }),
    )
  })

  test('forget a value that is taken out again, so that a unit’s grown sum can replace the old one', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), value, value, (values, before, after) => {
        const grown = addToMoments(addToMoments(momentsOf([...values, before]), before, -1), after)
        expect(distance(grown, momentsOf([...values, after]))).toBeLessThan(1e-9)
        const pairs = values.map((each, index) => [each, index] as const)
        const joint = addToJointMoments(jointOf([...pairs, [before, 1]]), [before, 1], -1)
        expect(distance(addToJointMoments(joint, [after, 2]), jointOf([...pairs, [after, 2]]))).toBeLessThan(1e-9)
      }),
    )
  })

  test('survive being stored as JSON', () => {
    const moments = momentsOf([1, 2, 4.5])
    expect(JSON.parse(JSON.stringify(moments))).toEqual(moments)
    const joint = jointOf([
      [1, 2],
      [3, 5],
    ])
    expect(JSON.parse(JSON.stringify(joint))).toEqual(joint)
  })

  test('keep the variance of small spreads on a large mean, where sums of squares lose it', () => {
    const values = [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]
    expect(sampleVariance(momentsOf(values))).toBe(30)
  })

  test('are those of the sums that other systems keep', () => {
    expect(momentsFromSums({ count: 4, sum: 20, sumOfSquares: 130 })).toEqual(momentsOf([1, 4, 7, 8]))
    expect(momentsFromSums({ count: 0, sum: 0, sumOfSquares: 0 })).toEqual(NO_MOMENTS)
    expect(sampleVariance(momentsOf([1]))).toBeNaN()
  })
})

describe('estimates', () => {
  test('of a share that all passed do not claim certainty', () => {
    const { value: share, variance } = estimateProportion(momentsOf(Array.from({ length: 10 }, () => 1)))
    expect(share).toBe(1)
    expect(variance).toBeCloseTo(11 / 144, 12)
    expect(estimateProportion(NO_MOMENTS).variance).toBeNaN()
  })

  test('of a ratio weigh units by their denominators, and say nothing without any', () => {
    const pairs = [
      [10, 1],
      [10, 9],
    ] as const
    expect(estimateRatio(jointOf(pairs)).value).toBe(2)
    const nothing = jointOf([
      [1, 0],
      [2, 0],
    ])
    expect(estimateRatio(nothing).value).toBeNaN()
  })

  test('of a difference relative to nothing are not numbers', () => {
    const arm = { value: 0, variance: 1, count: 10 }
    expect(relativeDifference(arm, { ...arm, value: 1 }).value).toBeNaN()
    expect(absoluteDifference(arm, { ...arm, value: 1 }).value).toBe(1)
  })

  test('relative to a negative control count upwards', () => {
    const control = { value: -2, variance: 1, count: 10 }
    expect(relativeDifference(control, { ...control, value: -1 }).value).toBe(0.5)
  })

  test('adjusted by a covariate keep the difference and lose the variance that it explains', () => {
    const random = createRandom(1)
    const arm = (effect: number) =>
      jointOf(
        Array.from({ length: 4000 }, () => {
          const covariate = random.normal()
          return [5 + effect + 2 * covariate + random.normal(), covariate] as const
        }),
      )
    const arms = [arm(0), arm(0.3)]
    const [control, treatment] = estimateAdjustedMeans(arms).map((each) => each)
    expect(control?.variance).toBeCloseTo(1, 0)
    expect(estimateMean(firstMoments(arms[0] ?? NO_JOINT_MOMENTS)).variance).toBeGreaterThan(4.5)
    expect(control?.value).toBeCloseTo(5, 0)
    expect((treatment?.value ?? 0) - (control?.value ?? 0)).toBeCloseTo(0.3, 1)
  })

  test('adjusted by a covariate that never varies are the plain ones', () => {
    const arm = jointOf([
      [1, 7],
      [3, 7],
    ])
    expect(estimateAdjustedMeans([arm])).toEqual([estimateMean(firstMoments(arm))])
    expect(estimateAdjustedMeans([])).toEqual([])
  })

  test('of pairs have the variance of the differences alone', () => {
    expect(pairedDifference(momentsOf([1, 1.5, 0.5]))).toEqual({
      value: 1,
      standardError: Math.sqrt(0.25 / 3),
      count: 3,
    })
  })
})
