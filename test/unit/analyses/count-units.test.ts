import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CallOutcome } from '../../../control-plane/modules/analyses/call-outcome.ts'
import {
  cellKeysOf,
  changeCells,
  changeUnits,
  readCellKey,
  type CallChange,
} from '../../../control-plane/modules/analyses/count-units.ts'
import {
  decodeCell,
  decodeUnit,
  encodeCell,
  encodeUnit,
} from '../../../control-plane/modules/analyses/encode-counts.ts'
import type { UnitOutcome } from '../../../control-plane/modules/analyses/unit-outcome.ts'
import { mergeCells, type VariantCell } from '../../../control-plane/modules/analyses/variant-cell.ts'
import { differences, filledCells, outcomeOf } from './analysis-world.ts'

const HOUR = 3_600_000

const arbitraryCall = fc
  .record({
    unit: fc.integer({ min: 0, max: 6 }),
    variantId: fc.constantFrom('A', 'B'),
    hour: fc.integer({ min: 0, max: 3 }),
    answered: fc.boolean(),
    contaminated: fc.boolean(),
    latency: fc.integer({ min: 1, max: 5_000 }),
    score: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    logPromptTokens: fc.option(fc.double({ min: 0, max: 9, noNaN: true })),
  })
  .map(({ unit, hour, latency, score, ...call }) => ({
    ...call,
    unitId: `u${unit}`,
    at: hour * HOUR,
    scored: score !== null,
    values: [
      ['error_rate', call.answered ? 0 : 1] as const,
      ...(call.answered ? [['total_latency', latency] as const] : []),
      ...(score === null ? [] : [['quality', score] as const]),
    ],
    pairs: score === null ? [] : [['cost_per_solved:quality', latency / 1e6, score] as const],
  }))
const arbitraryCalls = fc
  .array(arbitraryCall, { minLength: 1, maxLength: 40 })
  .map((calls) =>
    calls.map((call, index) => outcomeOf({ ...call, generationId: `g${String(index).padStart(4, '0')}` })),
  )

interface Counted {
  readonly units: Map<string, UnitOutcome>
  readonly cells: Map<string, VariantCell>
}

/** Counts in batches as the store does, through what is written and read back. */
function countIn(batches: readonly (readonly CallChange[])[], mostCells = Infinity): Counted {
  const units = new Map<string, UnitOutcome>()
  let cells = new Map<string, VariantCell>()
  for (const batch of batches) {
    for (let start = 0; start < batch.length;) {
      const changed = changeUnits(batch.slice(start), units, mostCells)
      changeCells(cells, changed.units)
      for (const [id, { after }] of changed.units) units.set(id, decodeUnit(encodeUnit(after)))
      cells = new Map([...cells].map(([key, cell]) => [key, decodeCell(encodeCell(cell))]))
      start += changed.taken
    }
  }
  return { units, cells }
}

const fresh = (after: CallOutcome): CallChange => ({ before: null, after })

/** Where cells differ in what they count. */
function unlike(left: ReadonlyMap<string, VariantCell>, right: ReadonlyMap<string, VariantCell>): string[] {
  return differences(filledCells(left), filledCells(right))
}

test('calls that come in any order and any batches add up to the same as all at once', () => {
  fc.assert(
    fc.property(arbitraryCalls, fc.infiniteStream(fc.nat({ max: 1_000 })), (calls, numbers) => {
      const shuffled = calls
        .map((call) => ({ call, place: numbers.next().value }))
        .toSorted((a, b) => a.place - b.place)
      const one = shuffled.map(({ call }) => [fresh(call)])
      const once = countIn([calls.map(fresh)])
      expect(unlike(countIn(one).cells, once.cells)).toEqual([])
      expect(unlike(countIn([shuffled.map(({ call }) => fresh(call))], 3).cells, once.cells)).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('a call whose score comes later, or changes, counts as if it had been so from the start', () => {
  fc.assert(
    fc.property(arbitraryCalls, (calls) => {
      const unscored = calls.map((call) => ({
        ...call,
        scored: false,
        values: call.values.filter(([key]) => key !== 'quality'),
        pairs: [],
      }))
      const later = calls.map((after, index) => ({ before: unscored[index] ?? null, after }))
      const counted = countIn([unscored.map(fresh), later])
      expect(unlike(counted.cells, countIn([calls.map(fresh)]).cells)).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('the cell of all hours is what the hours of its variant merge to', () => {
  fc.assert(
    fc.property(arbitraryCalls, (calls) => {
      const { cells } = countIn(calls.map((call) => [fresh(call)]))
      const all = [...cells].filter(([key]) => readCellKey(key).hour === null)
      for (const [key, cell] of all) {
        const { variantId } = readCellKey(key)
        const hours = [...cells].filter(([each]) => {
          const read = readCellKey(each)
          return read.variantId === variantId && read.hour !== null
        })
        const merged = mergeCells(hours.map(([, each]) => each))
        expect(unlike(new Map([[key, merged]]), new Map([[key, cell]]))).toEqual([])
      }
    }),
    { numRuns: 60 },
  )
})

test('a unit counts once, with the mean of its calls, where its first call was', () => {
  const first = outcomeOf({ generationId: 'g1', unitId: 'u', at: HOUR, values: [['cost', 1]] })
  const later = outcomeOf({ generationId: 'g2', unitId: 'u', at: 5 * HOUR, values: [['cost', 3]] })
  const { cells } = countIn([[fresh(later)], [fresh(first)]])
  const filled = [...cells].filter(([, cell]) => cell.units > 0)
  expect(filled.map(([key]) => key)).toEqual(['A:r:all', 'A:r:1'])
  for (const [, cell] of filled) {
    expect(cell).toMatchObject({ units: 1, calls: 2 })
    expect(cell.means.get('cost')?.moments).toMatchObject({ count: 1, firstMean: 2 })
  }
})

test('a unit that saw two variants stays with its first, and only the calls of that one count', () => {
  const calls = [
    outcomeOf({ generationId: 'g1', unitId: 'u', variantId: 'A', values: [['cost', 1]] }),
    outcomeOf({ generationId: 'g2', unitId: 'u', variantId: 'B', values: [['cost', 100]] }),
  ]
  const { cells } = countIn([calls.map(fresh)])
  expect([...cells].filter(([, { units }]) => units > 0).map(([key]) => key)).toEqual(['A:r:0', 'A:r:all'])
  expect(cells.get('A:r:all')).toMatchObject({ units: 1, calls: 1, unitsInTwoVariants: 1 })
  expect(cells.get('A:r:all')?.means.get('cost')?.moments.firstMean).toBe(1)
})

test('units that callers chose the variant of are kept apart from those that chance gave it to', () => {
  const keys = [true, false].map((randomized) =>
    cellKeysOf({ generationId: 'g', variantId: 'var_1', randomized, weightsVersion: 0, at: 0 }),
  )
  expect(keys).toEqual([
    ['var_1:r:0', 'var_1:r:all'],
    ['var_1:s:0', 'var_1:s:all'],
  ])
  expect(readCellKey('var_1:s:all')).toEqual({ variantId: 'var_1', randomized: false, hour: null })
})
