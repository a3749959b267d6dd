import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  assignVariant,
  findRange,
  layOutArms,
  placeOf,
  prepareTest,
  type Arm,
} from '../../../shared/ab-tests/assign-variant.ts'
import { checkCoverage, checkWeights } from '../../../shared/ab-tests/check-weights.ts'
import growthbook from '../../fixtures/assignment/growthbook-sdk.json' with { type: 'json' }
import sha256Places from '../../fixtures/assignment/sha256-places.json' with { type: 'json' }

const armsOf = (weights: readonly number[]): Arm[] =>
  weights.map((weight, index) => ({ variantId: `variant-${index}`, weight }))
const testOf = (weights: readonly number[], coverage = 1) =>
  prepareTest({ testId: 'test', salt: 'salt', arms: armsOf(weights), coverage })

/** Weights that sum to 1 as nearly as floating point allows; some may be 0. */
const weightsArbitrary = fc
  .array(fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1, noNaN: true })), { minLength: 1, maxLength: 8 })
  .filter((parts) => parts.some((part) => part > 0))
  .map((parts) => {
    const sum = parts.reduce((total, part) => total + part, 0)
    return parts.map((part) => part / sum)
  })

test.each(sha256Places.places)(
  'a unit has the place that SHA-256 over UTF-8 gives it: $testId:$salt:$unitId',
  (known) => {
    expect(placeOf(known.testId, known.salt, known.unitId)).toBe(known.first32Bits / 2 ** 32)
  },
)

test('letters that look alike but are written with other code points are two units', () => {
  expect(placeOf('test', 'salt', '\u00e9')).not.toBe(placeOf('test', 'salt', 'e\u0301'))
})

test('every unit of a test with full coverage gets an arm with weight, and its propensity is that weight', () => {
  fc.assert(
    fc.property(weightsArbitrary, fc.string({ unit: 'grapheme' }), (weights, unitId) => {
      const assigned = assignVariant(testOf(weights), unitId)
      const index = Number(assigned?.variantId.slice('variant-'.length))
      expect(weights[index]).toBeGreaterThan(0)
      expect(assigned?.propensity).toBe(weights[index])
    }),
  )
})

test('a place in the gap that rounding leaves under 1 belongs to the last arm with weight', () => {
  const test = testOf([0.5, 0, 0])
  const unitId = Array.from({ length: 50 }, (_, index) => `unit-${index}`).find(
    (id) => placeOf('test', 'salt', id) >= 0.5,
  )
  expect(assignVariant(test, unitId ?? '')?.variantId).toBe('variant-0')
})

test('raising the coverage moves no unit that took part', () => {
  const coverages = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  const stays = (weights: number[], [one, other]: [number, number], unitId: string): boolean => {
    const before = assignVariant(testOf(weights, Math.min(one, other)), unitId)
    const after = assignVariant(testOf(weights, Math.max(one, other)), unitId)
    return before === null || after?.variantId === before.variantId
  }
  expect(() => fc.assert(fc.property(weightsArbitrary, coverages, fc.string(), stays))).not.toThrow()
})

test('of a test that covers a part, units outside of it get no variant', () => {
  const test = testOf([0.5, 0.5], 0.2)
  const assigned = Array.from({ length: 10_000 }, (_, index) => assignVariant(test, `unit-${index}`))
  const share = assigned.filter((each) => each !== null).length / assigned.length
  expect(share).toBeGreaterThan(0.18)
  expect(share).toBeLessThan(0.22)
  expect(assignVariant(testOf([1], 0), 'unit')).toBeNull()
})

describe('weights are refused', () => {
  test.each([
    ['that are none', [], 'weights'],
    ['that sum to less than 1', [0.4, 0.1], 'weights'],
    ['that sum to more than 1', [0.7, 0.6], 'weights'],
    ['that sum to 1 but for more than rounding', [0.5, 0.5 + 2e-9], 'weights'],
    ['that are all 0', [0, 0], 'weights'],
    ['of which one is negative', [1.5, -0.5], 'weights[1]'],
    ['of which one is not finite', [Number.NaN, 1], 'weights[0]'],
    ['of which one is infinite', [1, Number.POSITIVE_INFINITY], 'weights[1]'],
    ['of which one is a text', [0.5, '0.5'], 'weights[1]'],
  ])('%s', (_name, weights, path) => {
    expect(checkWeights(weights).map((fault) => fault.path)).toEqual([path])
  })
})

test('weights that sum to 1 but for rounding are taken', () => {
  fc.assert(fc.property(weightsArbitrary, (weights) => checkWeights(weights).length === 0))
  expect(checkWeights([0.1, 0.2, 0.3, 0.4])).toEqual([])
  expect(checkWeights([0, 1])).toEqual([])
})

test.each([-0.1, 1.1, Number.NaN, '1', null])('a coverage of %s is refused', (coverage) => {
  expect(checkCoverage(coverage).map(({ path }) => path)).toEqual(['coverage'])
  expect(checkCoverage(0.5)).toEqual([])
})

/*
 * GrowthBook's own vectors, as its JavaScript SDK is tested with. Ranges and the choice from them are the same here. Of
 * its hash there is a reference below, which shows that the vectors are read rightly; Signalbox hashes with SHA-256
 * instead, because FNV-1a over UTF-16 units, as below, gives other places than FNV-1a over bytes for ids that are not
 * ASCII, so that implementations in two languages disagree about whom they show what.
 */
describe('GrowthBook', () => {
  const bucketRanges = growthbook.getBucketRange as [string, [number, number, number[] | null], [number, number][]][]
  const choices = growthbook.chooseVariation as [string, number, [number, number][], number][]
  const hashes = growthbook.hash as [string, string, number, number | null][]

  test('gives 13 ranges, 13 choices and 15 hashes', () => {
    expect([bucketRanges.length, choices.length, hashes.length]).toEqual([13, 13, 15])
  })

  test.each(bucketRanges)('lays out the same ranges: %s', (_name, [count, coverage, weights], expected) => {
    // It puts equal weights in the place of those that it would have to refuse, and bounds the coverage.
    const sum = (weights ?? []).reduce((total, weight) => total + weight, 0)
    const isUsable = weights?.length === count && sum > 0.99 && sum < 1.01
    const usable = weights && isUsable ? weights : Array.from({ length: count }, () => 1 / count)
    const ranges = layOutArms(armsOf(usable), Math.min(1, Math.max(0, coverage)))
    for (const [index, [start, end]] of expected.entries()) {
      expect(ranges[index]?.start).toBeCloseTo(start, 9)
      expect(ranges[index]?.end).toBeCloseTo(end, 9)
    }
    expect(ranges).toHaveLength(expected.length)
  })

  test('has weights and coverages among its cases that are refused here', () => {
    const refused = bucketRanges.filter(([, [, coverage, weights]]) => {
      return checkCoverage(coverage).length > 0 || (weights !== null && checkWeights(weights).length > 0)
    })
    expect(refused.map(([name]) => name)).toEqual([
      'negative coverage',
      'coverage above 1',
      'weights sum below 1',
      'weights sum above 1',
      'weights sum almost equals 1',
    ])
  })

  test.each(choices)('chooses the same range: %s', (_name, place, pairs, expected) => {
    const ranges = pairs.map(([start, end]) => ({ start, end }))
    const found = findRange(ranges, place)
    expect(found ? ranges.indexOf(found) : -1).toBe(expected)
  })

  test.each(hashes)('hashes %j and %j in version %i to %s', (seed, value, version, expected) => {
    expect(growthbookHash(seed, value, version)).toBe(expected)
  })

  test('hashes an id that is not ASCII to one place by UTF-16 units and to another by bytes', () => {
    const id = 'jürgen'
    expect(fnv32a(codeUnits(id))).not.toBe(fnv32a([...new TextEncoder().encode(id)]))
    expect(fnv32a(codeUnits('juergen'))).toBe(fnv32a([...new TextEncoder().encode('juergen')]))
  })
})

function growthbookHash(seed: string, value: string, version: number): number | null {
  if (version === 1) return (fnv32a(codeUnits(value + seed)) % 1_000) / 1_000
  if (version !== 2) return null
  return (fnv32a(codeUnits(String(fnv32a(codeUnits(seed + value))))) % 10_000) / 10_000
}

function codeUnits(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
}

/** 32-bit FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv32a(units: readonly number[]): number {
  return units.reduce((state, unit) => Math.imul(state ^ unit, 0x01000193) >>> 0, 0x811c9dc5)
}
