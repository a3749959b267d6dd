import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { followRecalls } from '../../data-plane/leases/follow-recalls.ts'
import { createLeaseKeeper, type LeaseKeeper } from '../../data-plane/leases/lease-keeper.ts'
import { WorkspaceLease } from '../../data-plane/leases/workspace-lease.ts'
import { createCreditBalance, type CreditBalance } from '../../shared/money/credit-balance.ts'
import { createCreditLeases, LEASE_MS } from '../../shared/money/credit-leases.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { leaseDeadlinesKey, leasesKey } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { connectServer, type Server } from '../helpers/connect-server.ts'
import { startTestRedis, temporaryDirectory, type TestRedis } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let directory: string
let server: TestRedis
let redis: Server
let credits: CreditBalance
let names = 0
beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startTestRedis(directory)
  redis = connect()
  credits = createCreditBalance(redis)
  await waitUntil(() => redis.status === 'ready')
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

function connect(): Server {
  const connection = connectServer({ url: server.url, name: 'test', mode: 'fail-fast' })
  connection.on('error', () => undefined)
  return connection
}

const logger = createLogger('test', 'silent')
const AMOUNT = nanodollars(100)
const freshName = (): string => `name-${(names += 1)}`

async function workspaceWith(balance: number): Promise<string> {
  const id = freshName()
  await credits.seed(id, nanodollars(balance))
  return id
}

/** A lease of a process of its own, whose time the test moves. */
function leaseOn(workspaceId: string) {
  let ahead = 0
  const clock = { now: () => Date.now() + ahead, monotonicMs: () => performance.now() + ahead }
  const lease = new WorkspaceLease(workspaceId, { leases: createCreditLeases(redis, freshName()), clock, logger })
  return {
    lease,
    now: clock.now,
    advance(ms: number) {
      ahead += ms
      return lease.tick()
    },
  }
}

const balanceIs = (workspaceId: string, balance: number, reserved: number) =>
  waitUntil(
    async () => {
      const live = await credits.read(workspaceId)
      return live?.balance === balance && live.reserved === reserved
    },
    { what: `a balance of ${balance} and ${reserved} reserved` },
  )

test('once a process has a lease, its calls reserve and settle without waiting for anything', async () => {
  const id = await workspaceWith(100_000)
  const { lease } = leaseOn(id)
  expect(await lease.reserve(AMOUNT)).toEqual({ type: 'reserved' })
  for (let call = 1; call <= 1_000; call += 1) {
    // Not a promise.
    expect(lease.reserve(AMOUNT)).toEqual({ type: 'reserved' })
    lease.settle(AMOUNT, ZERO)
  }
  await balanceIs(id, 99_900, 100)
  await lease.close()
})

test('what calls cost leaves the balance when their records are safe, and not when they were lost', async () => {
  const id = await workspaceWith(100_000)
  const { lease } = leaseOn(id)
  for (const generationId of ['kept', 'lost']) {
    await lease.reserve(AMOUNT)
    lease.settle(AMOUNT, nanodollars(40))
    if (generationId === 'kept') lease.charge({ id: generationId, charge: nanodollars(40) })
  }
  await balanceIs(id, 99_920, 40)
  lease.dropCharge(nanodollars(40))
  await balanceIs(id, 99_960, 0)
  await lease.close()
  expect(await credits.read(id)).toMatchObject({ balance: 99_960, reserved: 0 })
})

test('a lease that nobody uses is given back, and one with a call under way is kept alive', async () => {
  const id = await workspaceWith(100_000)
  const { lease, advance, now } = leaseOn(id)
  await lease.reserve(AMOUNT)
  advance(11_000)
  await waitUntil(async () => {
    const [, deadline] = await redis.zrange(leaseDeadlinesKey(id), '0', '-1', 'WITHSCORES')
    return Number(deadline) > now() + LEASE_MS - 5_000
  })
  await balanceIs(id, 99_900, 100)
  lease.settle(AMOUNT, ZERO)
  await balanceIs(id, 100_000, 0)
  expect(await redis.hlen(leasesKey(id))).toBe(1)
  advance(11_000)
  await waitUntil(async () => (await redis.hlen(leasesKey(id))) === 0)
  expect(advance(1_000)).toBe(true)
  expect(advance(60_000)).toBe(false)
})

test('a process that ends gives everything back and leaves no lease', async () => {
  const id = await workspaceWith(100_000)
  const { lease } = leaseOn(id)
  for (let call = 0; call < 1_200; call += 1) {
    await lease.reserve(AMOUNT)
    lease.settle(AMOUNT, nanodollars(1))
    lease.charge({ id: `${id}-${call}`, charge: nanodollars(1) })
  }
  await lease.close()
  expect(await credits.read(id)).toMatchObject({ balance: 98_800, reserved: 0 })
  expect(await redis.exists(leasesKey(id))).toBe(0)
  expect(await lease.reserve(AMOUNT)).toEqual({ type: 'away' })
})

test('a charge above what was reserved is paid in full', async () => {
  const id = await workspaceWith(150)
  const { lease } = leaseOn(id)
  await lease.reserve(AMOUNT)
  lease.settle(AMOUNT, nanodollars(170))
  lease.charge({ id, charge: nanodollars(170) })
  await balanceIs(id, -20, 0)
  expect(await lease.reserve(AMOUNT)).toMatchObject({ type: 'insufficient' })
  await lease.close()
})

/** Processes that hear of recalls, as data planes do. */
async function keepersThatHear(count: number): Promise<{ keepers: LeaseKeeper[]; close: () => Promise<void> }> {
  const subscriptions = Array.from({ length: count }, connect)
  const keepers = subscriptions.map((subscription) => {
    const leases = createCreditLeases(redis, freshName())
    const clock = { now: () => Date.now(), monotonicMs: () => performance.now() }
    const keeper = createLeaseKeeper({ leases, clock, logger })
    followRecalls({ subscription, recall: keeper.recall, logger })
    return keeper
  })
  const heard = async (): Promise<boolean> => Number((await redis.pubsub('NUMSUB', 'credits:recall'))[1]) >= count
  await waitUntil(heard, { what: 'subscriptions' })
  return {
    keepers,
    async close() {
      await Promise.all(keepers.map((keeper) => keeper.close()))
      for (const subscription of subscriptions) subscription.disconnect()
    },
  }
}

test('idle money of one process is there for a call of another', async () => {
  const id = await workspaceWith(10_000)
  const { keepers, close } = await keepersThatHear(2)
  const [first, second] = keepers
  await first?.reserve(id, AMOUNT)
  expect(Number(await redis.get(`credits:{${id}}:balance`))).toBeLessThan(9_900)
  expect(await second?.reserve(id, nanodollars(9_900))).toEqual({ type: 'reserved' })
  expect(await second?.reserve(id, AMOUNT)).toEqual({ type: 'insufficient', available: 0 })
  first?.settle(id, AMOUNT, ZERO)
  second?.settle(id, nanodollars(9_900), ZERO)
  await close()
  expect(await credits.read(id)).toMatchObject({ balance: 10_000, reserved: 0 })
})

test('a process that does not answer keeps a refused call waiting for a moment only', async () => {
  const id = await workspaceWith(10_000)
  const silent = leaseOn(id)
  await silent.lease.reserve(AMOUNT)
  const { keepers, close } = await keepersThatHear(1)
  expect(await keepers[0]?.reserve(id, nanodollars(9_900))).toMatchObject({ type: 'insufficient' })
  await close()
})

test('a call that all leases together could not pay for is refused without asking any of them', async () => {
  const id = await workspaceWith(10_000)
  const { lease } = leaseOn(id)
  await lease.reserve(AMOUNT)
  const other = leaseOn(id)
  expect(await other.lease.reserve(nanodollars(10_001))).toEqual({ type: 'insufficient', available: 9_900 })
  expect(await redis.exists(`credits:{${id}}:recalls`)).toBe(0)
  await Promise.all([lease.close(), other.lease.close()])
})

test('while Redis is away calls are served from the lease, up to its end and no longer than it is sure to last', async () => {
  const id = await workspaceWith(100_000)
  const [used, timed] = [leaseOn(id), leaseOn(id)]
  for (const { lease } of [used, timed]) {
    await lease.reserve(AMOUNT)
    lease.settle(AMOUNT, ZERO)
  }
  await balanceIs(id, 100_000, 0)
  await server.stop()
  await waitUntil(() => redis.status !== 'ready')
  expect(used.lease.reserve(AMOUNT)).toEqual({ type: 'reserved' })
  let outcome = await used.lease.reserve(AMOUNT)
  while (outcome.type === 'reserved') outcome = await used.lease.reserve(AMOUNT)
  expect(outcome).toEqual({ type: 'away' })
  timed.advance(LEASE_MS - 5_000)
  expect(await timed.lease.reserve(AMOUNT)).toEqual({ type: 'away' })
  await Promise.all([used.lease.close(), timed.lease.close()])
  await server.start()
  await waitUntil(() => redis.status === 'ready')
})
