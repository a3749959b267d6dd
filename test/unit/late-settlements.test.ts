import { expect, test } from 'vitest'
import { LeaseAccount } from '../../data-plane/leases/lease-account.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'

const MINUTE_MS = 60_000

function report(account: LeaseAccount, nowMs: number) {
  return account.startReport({ needs: [], nowMs, letGo: true, most: 100 })
}

test('what Redis could not be told of for five minutes is left to the worker, and no longer held', () => {
  const account = new LeaseAccount()
  account.settle(ZERO, nanodollars(70))
  account.charge({ id: 'early', charge: nanodollars(70) }, 0)
  account.settle(ZERO, nanodollars(30))
  account.charge({ id: 'late', charge: nanodollars(30) }, 3 * MINUTE_MS)
  // No answer: they are told again, for as long as Redis would remember what the worker told.
  const first = report(account, 4 * MINUTE_MS)
  expect(first.report.settlements.map(({ id }) => id)).toEqual(['early', 'late'])
  account.failReport(first)
  expect(account.committed).toBe(100)
  const second = report(account, 5 * MINUTE_MS)
  expect(second.report.settlements.map(({ id }) => id)).toEqual(['late'])
  account.failReport(second)
  expect([account.committed, account.waitingSettlements]).toEqual([30, 1])
})
