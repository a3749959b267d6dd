import { expect, test } from 'vitest'
import { PermitAccount, type StartedReport } from '../../data-plane/limits/permit-account.ts'
import type { PermitAnswer } from '../../data-plane/limits/permit-store.ts'

const LIMIT = 100

function synced(fields: Partial<PermitAnswer & { type: 'synced' }>): PermitAnswer {
  const nothing = {
    kept: 0,
    slice: 0,
    counted: 0,
    tight: false,
    bucket: 7,
    born: 1,
    resetMs: 0,
    retryMs: 0,
    granted: [],
  }
  return { type: 'synced', ...nothing, ...fields }
}

const start = (account: PermitAccount, nowMs: number, needs: number[] = []): StartedReport =>
  account.startReport({ needs, nowMs, letGo: false })

function leased(slice: number): PermitAccount {
  const account = new PermitAccount('window')
  account.finishReport(start(account, 0), synced({ slice }), 0)
  return account
}

test('a lease serves as many permits as it has, and tells of each once', () => {
  const account = leased(3)
  for (let call = 0; call < 3; call += 1) expect(account.take(1, 10)).not.toBeNull()
  expect(account.take(1, 10)).toBeNull()
  const told = start(account, 20)
  expect(told.report).toMatchObject({ used: 3, kept: 0 })
  account.finishReport(told, synced({ counted: 3 }), 21)
  expect(start(account, 30).report.used).toBe(0)
})

test('what was told without an answer is told again', () => {
  const account = leased(3)
  account.take(2, 10)
  account.failReport(start(account, 20))
  account.take(1, 30)
  expect(start(account, 40).report.used).toBe(3)
})

test('an answer that comes when the lease may have ended again gives nothing', () => {
  const account = new PermitAccount('window')
  const late = start(account, 0, [1])
  expect(account.finishReport(late, synced({ slice: 5, granted: [true] }), 9_000)).toBe(false)
  expect(account.take(1, 9_000)).toBeNull()
})

test('a lease that was not confirmed for nine seconds is not used', () => {
  const account = leased(5)
  expect(account.take(1, 8_999)).not.toBeNull()
  expect(account.take(1, 9_000)).toBeNull()
  expect(start(account, 9_000).report).toMatchObject({ kept: 0, used: 1 })
})

test('a permit that was not told is simply not told; one that was is taken back from its bucket', () => {
  const account = leased(5)
  const early = account.take(2, 10)
  if (early) account.giveBack(early, 1)
  const told = start(account, 20)
  expect(told.report.used).toBe(1)
  account.finishReport(told, synced({ kept: 3, counted: 1, bucket: 42 }), 21)
  if (early) account.giveBack(early, 1)
  expect(account.look(LIMIT, 22).remaining).toBe(LIMIT)
  expect(start(account, 30).report.refunds).toEqual([{ bucket: 42, permits: 1 }])
  expect(start(account, 40).report.refunds).toEqual([])
})

test('what is given back while a report is under way is taken back by the next one, or not told when it failed', () => {
  for (const arrives of [true, false]) {
    const account = leased(5)
    const permit = account.take(4, 10)
    const told = start(account, 20)
    if (permit) account.giveBack(permit, 3)
    if (arrives) account.finishReport(told, synced({ kept: 1, counted: 4, bucket: 9 }), 21)
    else account.failReport(told)
    const { used, refunds } = start(account, 30).report
    expect({ used, refunds }).toEqual(
      arrives ? { used: 0, refunds: [{ bucket: 9, permits: 3 }] } : { used: 1, refunds: [] },
    )
  }
})

test('what is left falls with each permit, and tells what is not yet told and what is being told', () => {
  const account = leased(5)
  account.take(2, 10)
  expect(account.look(LIMIT, 11).remaining).toBe(98)
  const told = start(account, 20)
  account.take(1, 21)
  expect(account.look(LIMIT, 22).remaining).toBe(97)
  account.finishReport(told, synced({ kept: 3, counted: 12, resetMs: 5_000 }), 23)
  expect(account.look(LIMIT, 24)).toEqual({ remaining: 87, resetAtMs: 5_023 })
})

test('a share of a limit is kept to, minute by minute; a call larger than it passes alone and counts wholly', () => {
  const account = new PermitAccount('window')
  for (let call = 0; call < 5; call += 1) expect(account.takeFromShare(1, 5, 1_000)).not.toBeNull()
  expect(account.takeFromShare(1, 5, 50_000)).toBeNull()
  const large = account.takeFromShare(500, 5, 70_000)
  expect(large).not.toBeNull()
  if (large) account.giveBack(large, 450)
  expect(account.takeFromShare(1, 5, 71_000)).toBeNull()
  expect(start(account, 72_000).report.used).toBe(55)
})

test('after a refusal Redis is not asked again at once, but for less than was refused it is', () => {
  const account = new PermitAccount('window')
  account.finishReport(start(account, 0, [10]), synced({ retryMs: 30_000, granted: [false] }), 1)
  expect(account.refusal(10, 50)).toMatchObject({ retryAtMs: 30_001 })
  expect(account.refusal(9, 50)).toBeNull()
  expect(account.refusal(10, 150)).toBeNull()
})

test('slots in use are kept, idle ones are let go of where the limit is near', () => {
  const account = new PermitAccount('slots')
  account.finishReport(start(account, 0), synced({ slice: 2, tight: true }), 0)
  const permit = account.take(1, 1)
  expect(start(account, 2).report).toMatchObject({ kept: 1, used: 0 })
  if (permit) account.giveBack(permit, 1)
  expect(account.inUse).toBe(0)
})
