import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compareCharges,
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
    { from: 10, to: 20, ledger: 5, generations: 6 },
    { from: 20, to: 30, ledger: 5, generations: 0 },
    { from: 30, to: 40, ledger: 0, generations: 1 },
  ])
  expect(keepMismatches([...mismatches, ...mismatches])).toEqual(mismatches)
})

test('what did not match is looked at again, unless the next span has it', () => {
  const mismatches = [
    { from: 0, to: 10, ledger: nanodollars(1), generations: nanodollars(2) },
    { from: 50, to: 60, ledger: nanodollars(1), generations: nanodollars(2) },
  ]
  expect(recheckSpans(mismatches, { from: 40, to: 80, pieceMs: 10 })).toEqual([{ from: 0, to: 10, pieceMs: 10 }])
})
