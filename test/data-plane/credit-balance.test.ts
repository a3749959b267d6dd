import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCreditBalance, type CreditBalance } from '../../shared/money/credit-balance.ts'
import {
  createCreditLeases,
  LEASE_MS,
  type CreditLeases,
  type LeaseAnswer,
  type LeaseReport,
} from '../../shared/money/credit-leases.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { balanceKey, RECALL_CHANNEL } from '../../shared/redis/keys.ts'
import { connectServer, type Server } from '../helpers/connect-server.ts'
import { startTestRedis, temporaryDirectory, type TestRedis } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let directory: string
let server: TestRedis
let redis: Server
let credits: CreditBalance
let first: CreditLeases
let second: CreditLeases
let workspaces = 0
beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startTestRedis(directory)
  redis = connectServer({ url: server.url, name: 'test', mode: 'patient' })
  credits = createCreditBalance(redis)
  first = createCreditLeases(redis, 'first')
  second = createCreditLeases(redis, 'second')
  await redis.ping()
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

let sequence = 0
async function workspaceWith(balance: number): Promise<string> {
  workspaces += 1
  const id = `workspace-${workspaces}`
  await credits.seed(id, nanodollars(balance))
  return id
}

type Changes = Partial<Record<'committed' | 'free' | 'target' | 'unit' | 'sequence', number>> & {
  readonly settlements?: readonly [string, number][]
  readonly needs?: readonly number[]
  readonly recall?: number
}

function report(changes: Changes): LeaseReport {
  sequence += 1
  const amount = (name: 'committed' | 'free' | 'target' | 'unit', fallback = 0) =>
    nanodollars(changes[name] ?? fallback)
  return {
    sequence: changes.sequence ?? sequence,
    committed: amount('committed'),
    free: amount('free'),
    target: amount('target'),
    unit: amount('unit', 1),
    settlements: (changes.settlements ?? []).map(([id, charge]) => ({
      id,
      charge: nanodollars(charge),
    })),
    needs: (changes.needs ?? []).map((need) => ({ amount: nanodollars(need), recall: changes.recall ?? 0 })),
  }
}

const outcomesOf = (answer: LeaseAnswer): string[] =>
  answer.type === 'synced' ? answer.outcomes.map(({ type }) => type) : [answer.type]

test('calls that ask together never get more than there is, and the last unit can be spent', async () => {
  const id = await workspaceWith(100)
  const answer = await first.sync(id, report({ needs: Array.from({ length: 15 }, () => 10) }), 0)
  expect(outcomesOf(answer).filter((type) => type === 'granted')).toHaveLength(10)
  expect(await credits.read(id)).toMatchObject({ balance: 0, reserved: 100 })
})

test('a dear call that is refused does not stop a cheap one behind it', async () => {
  const id = await workspaceWith(10)
  const answer = await first.sync(id, report({ needs: [11, 10] }), 0)
  expect(outcomesOf(answer)).toEqual(['refused', 'granted'])
})

test('without a known balance nothing is leased, settled or credited', async () => {
  const id = 'unknown'
  expect(await first.sync(id, report({ needs: [1] }), 0)).toEqual({ type: 'unknown' })
  const settlement = { id: 'g', charge: nanodollars(1), leaseId: null }
  expect(await credits.settle(id, [settlement], 0)).toBeNull()
  expect(await credits.credit(id, { entryId: 'e', amount: nanodollars(5) }, 0)).toBeNull()
  expect(await credits.read(id)).toBeNull()
})

test('a slice is at most half of what is left, shared by the leases there are, and none when that is too little', async () => {
  const id = await workspaceWith(1_000)
  expect(await first.sync(id, report({ target: 5_000, unit: 10 }), 0)).toMatchObject({ slice: 500, tight: false })
  expect(await second.sync(id, report({ target: 5_000, unit: 10 }), 0)).toMatchObject({ slice: 125, tight: false })
  expect(await second.sync(id, report({ free: 125, target: 5_000, unit: 100 }), 0)).toMatchObject({
    slice: 0,
    tight: true,
  })
  expect(await credits.read(id)).toMatchObject({ balance: 1_000, reserved: 0 })
})

test('a settlement counts once, whoever tells of it and however often', async () => {
  const id = await workspaceWith(100)
  await first.sync(id, report({ needs: [60] }), 0)
  const recorded = { id: 'g', charge: nanodollars(25), leaseId: 'first' }
  await credits.settle(id, [recorded, recorded], 1)
  await credits.settle(id, [recorded], 2)
  expect(await credits.read(id)).toMatchObject({ balance: 40, reserved: 35 })
  await first.sync(id, report({ settlements: [['g', 25]] }), 3)
  await first.sync(id, report({ settlements: [['g', 25]] }), 4)
  await credits.settle(id, [recorded], 5)
  expect(await credits.read(id)).toMatchObject({ balance: 75, reserved: 0 })
})

test('what is announced is taken at once and remembered for days; what is confirmed is not taken, known or not', async () => {
  const id = await workspaceWith(100)
  const [minutes, days] = [16 * 60_000, 6 * 24 * 3_600_000]
  const settlement = { id: 'g', charge: nanodollars(25), leaseId: null }
  await credits.announce(id, [settlement], 0)
  expect(await credits.read(id)).toMatchObject({ balance: 75, unrecorded: 25 })
  await credits.announce(id, [settlement], days)
  await credits.settle(id, [settlement], days)
  expect(await credits.read(id)).toMatchObject({ balance: 75, unrecorded: 0 })
  // Forgotten, and it comes again.
  await credits.confirm(id, [settlement], days + minutes)
  expect(await credits.read(id)).toMatchObject({ balance: 75, unrecorded: 0 })
})

test('what a process told is not taken again when the ledger has it after more than a week', async () => {
  const id = await workspaceWith(100)
  await first.sync(id, report({ settlements: [['g', 25]] }), 0)
  await second.sync(id, report({}), 8 * 24 * 3_600_000)
  await credits.settle(id, [{ id: 'g', charge: nanodollars(25), leaseId: null }], 8 * 24 * 3_600_000)
  expect(await credits.read(id)).toMatchObject({ balance: 75, unrecorded: 0 })
})

test('a report that was overtaken by a later one changes nothing', async () => {
  const id = await workspaceWith(100)
  await first.sync(id, report({ needs: [60], sequence: 7 }), 0)
  expect(await first.sync(id, report({ free: 0, sequence: 6 }), 0)).toEqual({ type: 'stale' })
  expect(await credits.read(id)).toMatchObject({ balance: 40, reserved: 60 })
})

test('a report without an answer costs nothing: the next one gives back what was never received', async () => {
  const id = await workspaceWith(100)
  await first.sync(id, report({ needs: [30], target: 10, unit: 1 }), 0)
  await first.sync(id, report({}), 0)
  expect(await credits.read(id)).toMatchObject({ balance: 100, reserved: 0 })
})

test('the lease of a process that is gone comes back, and its late settlement is taken off the balance', async () => {
  const id = await workspaceWith(100)
  await first.sync(id, report({ needs: [60], target: 10 }), 1_000)
  expect(await credits.releaseExpired(id, 1_000 + LEASE_MS - 1)).toEqual([])
  expect(await credits.releaseExpired(id, 1_000 + LEASE_MS)).toEqual([{ leaseId: 'first', amount: 70, underWay: 60 }])
  expect(await credits.read(id)).toMatchObject({ balance: 100, reserved: 0 })
  await credits.settle(id, [{ id: 'g', charge: nanodollars(25), leaseId: 'first' }], 2_000)
  expect(await credits.read(id)).toMatchObject({ balance: 75, reserved: 0 })
})

test('a process whose lease is gone keeps what its calls hold and loses what was idle', async () => {
  const id = await workspaceWith(100)
  await first.sync(id, report({ needs: [60], target: 10 }), 0)
  await credits.releaseExpired(id, LEASE_MS)
  expect(await first.sync(id, report({ committed: 60, free: 10 }), LEASE_MS)).toMatchObject({ kept: 60 })
  expect(await credits.read(id)).toMatchObject({ balance: 40, reserved: 60 })
})

test('a process whose lease is gone gets no more back than the balance still has', async () => {
  const id = await workspaceWith(100)
  await first.sync(id, report({ needs: [60] }), 0)
  await credits.releaseExpired(id, LEASE_MS)
  await second.sync(id, report({ needs: [70] }), 0)
  expect(await first.sync(id, report({ committed: 60 }), LEASE_MS)).toMatchObject({ kept: 30 })
  expect(await credits.read(id)).toMatchObject({ balance: 0, reserved: 100 })
})

test('a charge above what was reserved is owed, and only that takes the balance below zero', async () => {
  const id = await workspaceWith(10)
  await first.sync(id, report({ needs: [10] }), 0)
  await first.sync(id, report({ settlements: [['g', 13]] }), 0)
  expect((await credits.read(id))?.balance).toBe(-3)
  expect(outcomesOf(await first.sync(id, report({ needs: [0] }), 0))).toEqual(['refused'])
})

test('a call is refused for good only after every other lease gave back what was idle', async () => {
  const id = await workspaceWith(100)
  const messages: string[] = []
  const subscription = redis.duplicate()
  subscription.on('message', (_channel, message: string) => messages.push(message))
  await subscription.subscribe(RECALL_CHANNEL)
  await second.sync(id, report({ needs: [60], target: 20 }), 0)
  const asked = await first.sync(id, report({ needs: [50] }), 0)
  expect(asked).toMatchObject({ outcomes: [{ type: 'recalled', recall: 1 }], available: 40 })
  await waitUntil(() => messages.includes(id))
  // Not an answer: it goes on holding 20.
  await second.sync(id, report({ committed: 60, free: 20 }), 0)
  expect(outcomesOf(await first.sync(id, report({ needs: [50], recall: 1 }), 0))).toEqual(['recalled'])
  await second.sync(id, report({ committed: 60 }), 0)
  expect(outcomesOf(await first.sync(id, report({ needs: [50, 40], recall: 1 }), 0))).toEqual(['refused', 'granted'])
  subscription.disconnect()
})

test('a balance that is restored is the whole of the money, and charges in it do not count again', async () => {
  const id = await workspaceWith(100)
  await first.sync(id, report({ needs: [60], target: 10 }), 0)
  await redis.del(balanceKey(id))
  expect(await credits.seed(id, nanodollars(75), { ids: ['g'], now: 0 })).toBe(true)
  expect(await credits.seed(id, ZERO)).toBe(false)
  await first.sync(id, report({ committed: 35, free: 10, settlements: [['g', 25]] }), 0)
  expect(await credits.read(id)).toMatchObject({ balance: 40, reserved: 35 })
})

test('what a budget allows is told as it is, not as it changes: told again it changes nothing', async () => {
  const id = `budget-${(workspaces += 1)}/budget:one:total`
  expect(await credits.allow(id, nanodollars(100))).toBeNull()
  await credits.seed(id, nanodollars(-30))
  expect(await credits.allow(id, nanodollars(100))).toBe(70)
  await first.sync(id, report({ needs: [20] }), 0)
  expect(await credits.allow(id, nanodollars(100))).toBe(50)
  expect(await credits.allow(id, nanodollars(150))).toBe(100)
  expect(await credits.read(id)).toEqual({ balance: 100, reserved: 20, unrecorded: 0, allowance: 150 })
})

test('a budget that is lowered below what was spent is owed, and asks processes for what they hold idle', async () => {
  const id = `budget-${(workspaces += 1)}/budget:one:total`
  await credits.seed(id, nanodollars(-60))
  await credits.allow(id, nanodollars(100))
  await first.sync(id, report({ target: 20 }), 0)
  const messages: string[] = []
  const subscription = redis.duplicate()
  subscription.on('message', (_channel, message: string) => messages.push(message))
  await subscription.subscribe(RECALL_CHANNEL)
  expect(await credits.allow(id, nanodollars(100))).toBe(20)
  expect(await credits.allow(id, nanodollars(50))).toBe(-30)
  await waitUntil(() => messages.length > 0)
  expect(messages).toEqual([id])
  expect(outcomesOf(await second.sync(id, report({ needs: [1] }), 0))).toEqual(['refused'])
  await first.sync(id, report({}), 0)
  expect(await credits.read(id)).toMatchObject({ balance: -10, allowance: 50 })
  subscription.disconnect()
})

test('of an account that was forgotten nothing is left', async () => {
  const id = `budget-${(workspaces += 1)}/budget:one:2026-11-22`
  await credits.seed(id, ZERO, { ids: ['g'], now: 0 })
  await credits.allow(id, nanodollars(100))
  await first.sync(id, report({ needs: [60], settlements: [['h', 1]] }), 0)
  await credits.allow(id, nanodollars(90))
  await credits.forget(id)
  expect(await redis.keys('budget:one:2026-11-22*')).toEqual([])
})
