import { ulid } from 'ulid'
import { expect, test } from 'vitest'
import { sortUnrecorded } from '../../../control-plane/modules/reconciliations/sort-unrecorded.ts'
import { nanodollars } from '../../../shared/money/nanodollars.ts'

const NOW = Date.UTC(2026, 10, 22)
const HOUR_MS = 3_600_000

function sums(found: number, whole: number) {
  return { found: nanodollars(found), whole: nanodollars(whole) }
}

test('charges are told apart: in the ledger, on their way, or lost', () => {
  const [whole, half, waiting, young, older, old] = [1, 2, 3, 0.5, 5, 4].map((hours) => ulid(NOW - hours * HOUR_MS))
  const ids = [whole, half, waiting, young, old, older].map(String)
  const sorted = sortUnrecorded({
    unrecorded: new Map(ids.map((id, index) => [id, nanodollars(10 + index)])),
    waiting: new Set([String(waiting)]),
    inLedger: new Map([
      [String(whole), sums(-10, -10)],
      // Another part of its records is being written.
      [String(half), sums(-5, -11)],
    ]),
    now: NOW,
    limitMs: HOUR_MS,
  })
  expect(sorted).toEqual({
    recorded: [{ settlementId: whole, charge: 10 }],
    lost: [
      { settlementId: older, charge: 15, at: NOW - 5 * HOUR_MS },
      { settlementId: old, charge: 14, at: NOW - 4 * HOUR_MS },
    ],
  })
})

test('an id that tells no time is never taken for lost', () => {
  const unrecorded = new Map([['something else', nanodollars(1)]])
  const sorted = sortUnrecorded({ unrecorded, waiting: new Set(), inLedger: new Map(), now: NOW, limitMs: 0 })
  expect(sorted).toEqual({ recorded: [], lost: [] })
})
