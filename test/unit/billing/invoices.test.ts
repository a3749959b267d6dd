import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LEDGER_ENTRY_TYPES } from '../../../control-plane/modules/billing/index.ts'
import { positionFrom, positionOf } from '../../../control-plane/modules/billing/entry-position.ts'
import { boundsOf, monthOf, readMonth } from '../../../control-plane/modules/billing/invoice-month.ts'
import { toConditions } from '../../../control-plane/modules/billing/ledger-filter.ts'
import { addSums, totalOf } from '../../../control-plane/modules/billing/ledger-totals.ts'
import {
  linesBy,
  summarizeMonth,
  summarizeMonths,
  type CallSums,
} from '../../../control-plane/modules/billing/summarize-invoice.ts'
import { nanodollars, ZERO } from '../../../shared/money/nanodollars.ts'

const NOW = Date.UTC(2026, 10, 22)
const anyAmount = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 })
const anyType = fc.constantFrom(...LEDGER_ENTRY_TYPES)
const anyMonth = fc.constantFrom('2026-08', '2026-09', '2026-10', '2026-11')
const anyMonthSum = fc.record({ month: anyMonth, type: anyType, amountNanodollars: anyAmount, entries: fc.nat(9) })
const anyCallSums: fc.Arbitrary<CallSums> = fc.record({
  type: anyType,
  model: fc.constantFrom('sim-fast', 'sim-large', null),
  keyId: fc.oneof(fc.constantFrom('one', 'two', null), fc.string({ maxLength: 2 })),
  abTestId: fc.constantFrom('test', null),
  entries: fc.nat(100),
  amountNanodollars: anyAmount,
  inputTokens: fc.nat(10_000),
  outputTokens: fc.nat(10_000),
  costNanodollars: fc.nat(10_000),
})

describe('invoices', () => {
  test('each opens with what the one before closed with, and the last closes with the sum of the ledger', () => {
    fc.assert(
      fc.property(fc.array(anyMonthSum), (sums) => {
        const summaries = summarizeMonths(addSums(sums))
        let opening = ZERO
        for (const summary of summaries) {
          expect(summary.opening).toBe(opening)
          const own = sums.filter(({ month }) => month === summary.month)
          expect(Object.values(summary.totals).reduce((sum, amount) => sum + amount, 0)).toBe(totalOf(own))
          opening = summary.closing
        }
        expect(opening).toBe(totalOf(sums))
      }),
    )
  })

  test('over each list of lines, charges, calls and tokens come to the sums of the month exactly', () => {
    fc.assert(
      fc.property(fc.array(anyCallSums, { maxLength: 60 }), (sums) => {
        const { totals } = summarizeMonth({ month: '2026-11', opening: ZERO, sums })
        const paid = 0 - totals.usage - totals.evaluation - totals.forgiven
        const costs = sums.filter(({ type }) => type === 'usage' || type === 'evaluation')
        for (const dimension of ['model', 'keyId', 'abTestId'] as const) {
          const lines = linesBy(dimension, sums)
          expect(add(lines.map(({ charge }) => charge))).toBe(paid)
          expect(add(lines.map(({ forgiven }) => forgiven))).toBe(0 + totals.forgiven)
          expect(add(lines.map(({ calls }) => calls))).toBe(add(costs.map(({ entries }) => entries)))
          expect(add(lines.map(({ inputTokens }) => inputTokens))).toBe(add(costs.map((sum) => sum.inputTokens)))
        }
      }),
    )
  })

  test('a list has at most 500 lines; the last one stands for the others, and nothing is lost', () => {
    const sums = Array.from({ length: 800 }, (_, index): CallSums => ({
      ...usage(`key ${index}`),
      amountNanodollars: -index,
    }))
    const lines = linesBy('keyId', sums)
    expect(lines).toHaveLength(500)
    expect(lines[0]).toMatchObject({ of: 'key 799', others: 0, charge: 799 })
    expect(lines.at(-1)).toMatchObject({ of: null, others: 301, calls: 301 })
    expect(add(lines.map(({ charge }) => charge))).toBe((799 * 800) / 2)
  })

  test('a line has what left the balance, and apart from it what was forgiven', () => {
    const sums = [
      { ...usage('key'), amountNanodollars: -50 },
      { ...usage('key'), type: 'forgiven', amountNanodollars: 20, inputTokens: 0, outputTokens: 0 },
    ] as const
    expect(linesBy('keyId', sums)).toMatchObject([{ of: 'key', calls: 1, inputTokens: 3, charge: 30, forgiven: 20 }])
  })
})

function usage(keyId: string): CallSums {
  const tokens = { inputTokens: 3, outputTokens: 2, costNanodollars: 1 }
  return { type: 'usage', model: 'sim-fast', keyId, abTestId: null, entries: 1, amountNanodollars: -1, ...tokens }
}

function add(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}

describe('months', () => {
  test('every moment is in one month, in UTC', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 0) }), (at) => {
        const { from, to } = boundsOf(monthOf(at))
        expect(from <= at && at < to).toBe(true)
      }),
    )
    expect(boundsOf('2026-12')).toEqual({ month: '2026-12', from: Date.UTC(2026, 11), to: Date.UTC(2027, 0) })
  })

  test.each(['', '2026', '2026-13', '2026-00', '2026-1', '1969-12', '2026-11-01', '2026-12', '9999-01', '２０２６-11'])(
    '%j is no month to make an invoice of',
    (month) => {
      expect(() => readMonth(month, NOW)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    },
  )

  test('the month that is under way is one', () => {
    expect(readMonth('2026-11', NOW)).toEqual({ month: '2026-11', from: Date.UTC(2026, 10), to: Date.UTC(2026, 11) })
  })
})

describe('positions', () => {
  const anyTime = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) })

  test('their order is the order of time, and ranges of time are ranges of them', () => {
    fc.assert(
      fc.property(anyTime, anyTime, fc.string({ minLength: 1, unit: 'grapheme-ascii' }), (one, other, id) => {
        expect(positionOf(one, id) < positionFrom(other)).toBe(one < other)
        expect(positionOf(one, id) >= positionFrom(other)).toBe(one >= other)
      }),
    )
  })

  test('a time that no calendar has is moved to the nearest that one has', () => {
    expect(positionOf(-1, 'a')).toBe('1970-01-01T00:00:00.000Z a')
    expect(positionOf(Number.MAX_SAFE_INTEGER, 'a')).toBe('9999-12-31T23:59:59.999Z a')
  })

  test('a page goes on where it stopped, and keeps to the range of time that was asked for', () => {
    const [from, to] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 2)]
    const bounds = { $gte: '2026-11-01T00:00:00.000Z', $lt: '2026-11-02T00:00:00.000Z' }
    expect(toConditions({ from, to }, {})).toEqual({ position: bounds })
    expect(toConditions({ from, to }, { before: '2026-11-01T12' })).toEqual({
      position: { ...bounds, $lt: '2026-11-01T12' },
    })
    expect(toConditions({ from, to }, { before: '2026-12' })).toEqual({ position: bounds })
    expect(toConditions({ to }, { after: '2026-10' })).toEqual({ position: { $lt: bounds.$lt, $gt: '2026-10' } })
    expect(toConditions({}, { after: null })).toEqual({})
  })
})

test('sums of stretches of the ledger come to the sum of all of it, whatever the cut', () => {
  fc.assert(
    fc.property(fc.array(anyMonthSum), fc.nat(20), (sums, cut) => {
      const inTwo = addSums(addSums(sums.slice(0, cut)), addSums(sums.slice(cut)))
      expect(inTwo).toEqual(addSums(sums))
      expect(totalOf(inTwo)).toBe(nanodollars(totalOf(sums)))
    }),
  )
})
