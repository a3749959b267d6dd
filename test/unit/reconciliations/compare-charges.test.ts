import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compareCharges,
  compareSpending,
  keepMismatches,
  recheckSpans,
  spanSince,
  spansOfAll,
} from '../../../control-plane/modules/reconciliations/compare-charges.ts'
import { nanodollars } from '../../../shared/money/nanodollars.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const NOW = Date.UTC(2026, 10, 22, 12, 34, 56)

test('the spans of all calls follow one another without gap or overlap, up to minutes ago', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 800 * DAY_MS }), (age) => {
      const spans = spansOfAll(NOW - age, NOW)
      for (const { from, to, pieceMs } of spans) {
        expect(from).toBeLessThan(to)
        expect([from % pieceMs, to % pieceMs]).toEqual([0, 0])
      }
      expect(spans.slice(1).map(({ from }) => from)).toEqual(spans.slice(0, -1).map(({ to }) => to))
      expect(spans[0]?.from ?? 0).toBeLessThanOrEqual(NOW - age)
      expect(spans.at(-1)?.to).toBe(Date.UTC(2026, 10, 22, 12, 30))
    }),
  )
})

test('runs one after the other look at every call, whatever time is between them, up to a day', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: MINUTE_MS, max: DAY_MS }), { minLength: 1, maxLength: 10 }), (waits) => {
      let [now, comparedTo] = [NOW, NOW - 5 * MINUTE_MS]
      for (const wait of waits) {
        now += wait
        const span = spanSince({ now, comparedTo })
        if (!span) continue
        expect(span.from).toBeLessThanOrEqual(Math.max(comparedTo, now - DAY_MS))
        comparedTo = span.to
        expect(now - comparedTo).toBeLessThan(13 * MINUTE_MS)
      }
    }),
  )
})

test('a piece that only one side has, or has otherwise, does not match', () => {
  const span = { from: 0, to: 40, pieceMs: 10 }
  const ledger = new Map([0, 10, 20].map((from) => [from, nanodollars(5)]))
  const generations = new Map([
    [0, nanodollars(5)],
    [10, nanodollars(6)],
    [30, nanodollars(1)],
  ])
  const mismatches = compareCharges(span, ledger, generations)
  expect(mismatches).toEqual([
    { account: null, from: 10, to: 20, ledger: 5, generations: 6 },
    { account: null, from: 20, to: 30, ledger: 5, generations: 0 },
    { account: null, from: 30, to: 40, ledger: 0, generations: 1 },
  ])
  expect(keepMismatches([...mismatches, ...mismatches])).toEqual(mismatches)
})

test('budgets are compared account by account, also those that only one side knows', () => {
  const span = { from: 0, to: 20, pieceMs: 10 }
  const books = new Map([
    ['a', new Map([[0, nanodollars(5)]])],
    ['b', new Map([[10, nanodollars(2)]])],
  ])
  const generations = new Map([
    ['a', new Map([[0, nanodollars(5)]])],
    ['c', new Map([[10, nanodollars(3)]])],
  ])
  const mismatches = compareSpending(span, books, generations)
  expect(mismatches).toEqual([
    { account: 'b', from: 10, to: 20, ledger: 2, generations: 0 },
    { account: 'c', from: 10, to: 20, ledger: 0, generations: 3 },
  ])
  expect(keepMismatches([...mismatches, ...mismatches])).toEqual(mismatches)
})

test('what did not match is looked at again, once, unless the next span has it; what is old as a day', () => {
  const [charges, account] = [{ ledger: nanodollars(1), generations: nanodollars(2) }, null]
  const mismatches = [
    { account, from: DAY_MS + 10, to: DAY_MS + 20, ...charges },
    { account: 'a', from: DAY_MS + 10, to: DAY_MS + 20, ...charges },
    { account, from: DAY_MS + 50, to: DAY_MS + 60, ...charges },
  ]
  const next = { from: DAY_MS + 40, to: DAY_MS + 80, pieceMs: 10 }
  const piece = { from: DAY_MS + 10, to: DAY_MS + 20, pieceMs: 10 }
  expect(recheckSpans(mismatches, next, 2 * DAY_MS)).toEqual([piece])
  expect(recheckSpans(mismatches, next, 9 * DAY_MS)).toEqual([{ from: DAY_MS, to: 2 * DAY_MS, pieceMs: DAY_MS }])
})
