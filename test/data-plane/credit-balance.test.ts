import { rm } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCreditBalance, type CreditBalance } from '../../shared/money/credit-balance.ts'
import { nanodollars } from '../../shared/money/nanodollars.ts'
import { connectRedis, type Redis } from '../../shared/redis/connect.ts'
import { startTestRedis, temporaryDirectory, type TestRedis } from '../helpers/services.ts'

let directory: string
let server: TestRedis
let redis: Redis
let credits: CreditBalance
let workspaces = 0
beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startTestRedis(directory)
  redis = connectRedis({ url: server.url, name: 'test', mode: 'patient' })
  credits = createCreditBalance(redis)
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

const LATER = Number.MAX_SAFE_INTEGER
const freshWorkspace = (): string => `workspace-${(workspaces += 1)}`
const reserve = (workspaceId: string, generationId: string, amount: number) =>
  credits.reserve(workspaceId, { generationId, amount: nanodollars(amount), deadline: LATER })

test('reservations made at one moment never hold more than there is, and the last unit can be spent', async () => {
  const id = freshWorkspace()
  await credits.seed(id, nanodollars(100))
  const results = await Promise.all(Array.from({ length: 15 }, (_, index) => reserve(id, `g${index}`, 10)))
  expect(results.filter(({ type }) => type === 'reserved')).toHaveLength(10)
  expect(await credits.read(id)).toEqual({ balance: 0, reserved: 100 })
})

test('a dear call that is refused does not stop a cheap one behind it', async () => {
  const id = freshWorkspace()
  await credits.seed(id, nanodollars(10))
  const [dear, cheap] = await Promise.all([reserve(id, 'dear', 11), reserve(id, 'cheap', 10)])
  expect(dear).toEqual({ type: 'insufficient', balance: 10 })
  expect(cheap).toEqual({ type: 'reserved', balance: 0 })
})

test('without a known balance nothing is reserved, settled or credited', async () => {
  const id = freshWorkspace()
  expect(await reserve(id, 'g', 1)).toEqual({ type: 'unknown' })
  expect(await credits.settle(id, [{ generationId: 'g', charge: nanodollars(1) }], 0)).toBeNull()
  expect(await credits.credit(id, { entryId: 'e', amount: nanodollars(5) }, 0)).toBeNull()
  expect(await credits.read(id)).toBeNull()
})

test('a settlement counts once, however often it is sent', async () => {
  const id = freshWorkspace()
  await credits.seed(id, nanodollars(100))
  await reserve(id, 'g', 60)
  const settlement = [{ generationId: 'g', charge: nanodollars(25) }]
  expect(await credits.settle(id, settlement, 1)).toBe(75)
  expect(await credits.settle(id, settlement, 2)).toBe(75)
  expect(await credits.read(id)).toEqual({ balance: 75, reserved: 0 })
})

test('a reservation whose time is up comes back, and a late settlement still charges', async () => {
  const id = freshWorkspace()
  await credits.seed(id, nanodollars(100))
  await credits.reserve(id, { generationId: 'g', amount: nanodollars(60), deadline: 1_000 })
  expect(await credits.releaseExpired(id, 999)).toEqual([])
  expect(await credits.releaseExpired(id, 1_000)).toEqual([{ generationId: 'g', amount: 60 }])
  expect(await credits.settle(id, [{ generationId: 'g', charge: nanodollars(25) }], 2_000)).toBe(75)
})

test('whatever is reserved, settled and released, the books are those of a plain model', async () => {
  const step = fc.record({
    amount: fc.integer({ min: 1, max: 50 }),
    charge: fc.integer({ min: 0, max: 50 }),
    settles: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 200 }), fc.array(step, { maxLength: 20 }), async (start, steps) => {
      const id = freshWorkspace()
      await credits.seed(id, nanodollars(start))
      const results = await Promise.all(steps.map(({ amount }, index) => reserve(id, `g${index}`, amount)))
      let balance = start
      let reserved = 0
      for (const [index, { amount, charge, settles }] of steps.entries()) {
        const granted = balance > 0 && balance >= amount
        expect(results[index]?.type).toBe(granted ? 'reserved' : 'insufficient')
        if (!granted) continue
        balance -= amount
        reserved += amount
        expect(balance).toBeGreaterThanOrEqual(0)
        steps[index] = { amount, charge: Math.min(charge, amount), settles }
      }
      for (const [index, { amount, charge, settles }] of steps.entries()) {
        if (!settles || results[index]?.type !== 'reserved') continue
        await credits.settle(id, [{ generationId: `g${index}`, charge: nanodollars(charge) }], index)
        balance += amount - charge
        reserved -= amount
      }
      expect(await credits.read(id)).toEqual({ balance, reserved })
    }),
    { numRuns: 40 },
  )
})
