import { afterAll, beforeAll, expect, test } from 'vitest'
import { namedAccount } from '../../shared/money/account.ts'
import { budgetAccountName } from '../../shared/money/budget.ts'
import { createCreditBalance, type CreditBalance } from '../../shared/money/credit-balance.ts'
import { nanodollars } from '../../shared/money/nanodollars.ts'
import { balanceKey, settledKey } from '../../shared/redis/keys.ts'
import { createId } from '../../shared/runtime/id.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { connectServer, type Server } from '../helpers/connect-server.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const START = 1_000_000_000

let harness: ControlPlaneHarness
let credit: CreditBalance
let server: Server
beforeAll(async () => {
  harness = await startControlPlane()
  server = connectServer({ url: harness.services.redisUrl, name: 'test', mode: 'patient' })
  credit = createCreditBalance(harness.controlPlane.redis)
})
afterAll(async () => {
  server.disconnect()
  await harness.close()
})

interface World {
  readonly workspaceId: string
  /** Of a budget of a dollar that never ends. */
  readonly account: string
  call(charge: number, fields?: Partial<Generation>): Generation
  /** Live balances of the credits and of the budget, and what their books say. */
  money(): Promise<object>
}

const modules = () => harness.controlPlane.modules
const ingest = (batch: readonly Generation[], batchId?: string) => modules().requestLogs.service.ingest(batch, batchId)

async function worldWith(): Promise<World> {
  const { id: workspaceId } = await harness.workspace()
  await modules().billing.service.topUp(workspaceId, { amountUsd: 1, idempotencyKey: 'start' })
  const { _id: id } = await modules().budgets.service.create(workspaceId, {
    name: 'all',
    scope: { type: 'workspace' },
    period: 'total',
    mode: 'hard',
    limitNanodollars: START,
    alertAtPercent: [],
    createdBy: 'test',
  })
  const name = budgetAccountName({ id, period: 'total' }, 0)
  const account = namedAccount(workspaceId, name)
  return {
    workspaceId,
    account,
    call: (charge, fields) =>
      generationOf(workspaceId, {
        chargeNanodollars: charge,
        leaseId: 'lease',
        budgets: [name],
        startedAt: harness.clock.now(),
        ...fields,
      }),
    async money() {
      const [credits, budget] = [await credit.read(workspaceId), await credit.read(account)]
      const { ledger } = await modules().billing.readModel.balance(workspaceId)
      const [books] = (await modules().budgets.audit.booksOf(workspaceId)).filter((each) => each.account === account)
      const spent = await books?.sumUntil(harness.clock.now())
      return { credits: credits?.balance, ledger, budget: budget?.balance, allowed: START + (spent ?? 0) }
    },
  }
}

/** When so much was charged, everywhere. */
const charged = (amount: number) => {
  const left = START - amount
  return { credits: left, ledger: left, budget: left, allowed: left }
}

async function reconcile(workspaceId: string): Promise<object> {
  const { state, mismatches } = await modules().reconciliations.service.reconcile(workspaceId)
  return { state, mismatches }
}
const CLEAN = { state: 'clean', mismatches: [] }

/** Redis forgets what it was told long ago when it hears of something else. */
async function letRedisForget({ call }: World, ms = 16 * MINUTE_MS): Promise<void> {
  harness.clock.advance(ms)
  await ingest([call(1)], createId())
}

test('records that come again are taken off live balances once: at once, and when Redis has long forgotten them', async () => {
  const world = await worldWith()
  const [leased, unleased, batchId] = [world.call(700), world.call(50, { leaseId: null }), createId()]
  await ingest([leased, unleased], batchId)
  await ingest([leased, unleased], batchId)
  expect(await world.money()).toEqual(charged(750))
  await letRedisForget(world)
  await ingest([leased, unleased], batchId)
  expect(await world.money()).toEqual(charged(751))
  expect(await reconcile(world.workspaceId)).toEqual(CLEAN)
})

test('a record that comes in two batches counts in the first, whatever else is in the second', async () => {
  const world = await worldWith()
  const [shared, fresh, lone] = [world.call(700), world.call(20), world.call(4)]
  await ingest([shared], createId())
  await ingest([lone])
  const second = createId()
  await ingest([shared, fresh, lone], second)
  expect(await world.money()).toEqual(charged(724))
  await letRedisForget(world)
  for (const again of [second, createId(), undefined]) await ingest([shared, fresh, lone], again)
  expect(await world.money()).toEqual(charged(725))
  expect(await reconcile(world.workspaceId)).toEqual(CLEAN)
})

test('two batches that have a record in common and are kept at the same moment take it once', async () => {
  const world = await worldWith()
  const calls = [1, 2, 4, 8, 16].map((charge) => world.call(charge))
  const [one, other] = [calls.slice(0, 4), calls.slice(1)]
  const [first, second] = [createId(), createId()]
  await Promise.all([ingest(one, first), ingest(other, second), ingest(other, second)])
  await Promise.all([ingest(one, first), ingest(other, second)])
  expect(await world.money()).toEqual(charged(31))
  expect(await reconcile(world.workspaceId)).toEqual(CLEAN)
})

test.each(['the records', 'the first word to Redis', 'the ledger', 'the budgets'])(
  'a worker that dies after %s, and comes again when Redis has forgotten, takes everything once',
  async (last) => {
    const world = await worldWith()
    const { models } = modules().requestLogs
    const [generation, batchId] = [world.call(300), createId()]
    const settlement = [{ id: batchId, charge: nanodollars(300), leaseId: 'lease' }]
    if (last === 'the records') {
      const { id: _id, ...fields } = generation
      await models[0]?.create([{ _id, ...fields, kept: { batchId, at: harness.clock.now() } }])
    } else {
      await ingest([generation], batchId)
      // As it was then: what came after is undone.
      const undone = last === 'the first word to Redis' ? [world.workspaceId, world.account] : [world.account]
      if (last !== 'the budgets') await modules().budgets.models[1]?.collection.deleteMany({ settlementId: batchId })
      if (last === 'the first word to Redis') {
        await modules().billing.models[0]?.collection.deleteMany({ 'batch.id': batchId })
      }
      for (const account of undone) {
        await server.incrby(balanceKey(account), 300)
        await server.zrem(settledKey(account), batchId)
      }
      if (last !== 'the ledger')
        for (const account of undone) await credit.announce(account, settlement, harness.clock.now())
    }
    await letRedisForget(world)
    await ingest([generation], batchId)
    expect(await world.money()).toEqual(charged(301))
    expect(await reconcile(world.workspaceId)).toEqual(CLEAN)
  },
)

test('a top-up that Redis was told of, and whose mark comes when Redis was emptied and restored, is not lost', async () => {
  const { workspaceId, money } = await worldWith()
  const { redis } = harness.controlPlane
  const [{ service, models }, entry] = [modules().billing, `topup:${workspaceId}:later`]
  await service.topUp(workspaceId, { amountUsd: 1, idempotencyKey: 'later' })
  // Between Redis and the mark.
  await models[0]?.collection.updateOne({ _id: entry as never }, { $set: { applied: false } })
  await redis.del(balanceKey(workspaceId), settledKey(workspaceId))
  expect(await service.restoreBalance(workspaceId)).toBe(true)
  await models[0]?.collection.updateOne({ _id: entry as never }, { $set: { applied: true } })
  expect(await money()).toMatchObject({ credits: 2 * START, ledger: 2 * START })
})

test('an entry that is in a restored balance is not added when it is told of, however much later', async () => {
  const { workspaceId, money } = await worldWith()
  const { redis } = harness.controlPlane
  const { service, models, readModel } = modules().billing
  await service.topUp(workspaceId, { amountUsd: 1, idempotencyKey: 'later' })
  await models[0]?.collection.updateOne({ _id: `topup:${workspaceId}:later` as never }, { $set: { applied: false } })
  harness.clock.advance(2 * 60 * MINUTE_MS)
  await redis.del(balanceKey(workspaceId), settledKey(workspaceId))
  await service.restoreBalance(workspaceId)
  harness.clock.advance(6 * DAY_MS)
  await ingest([generationOf(workspaceId, { chargeNanodollars: 1, leaseId: 'lease' })], createId())
  for (const entry of await readModel.listUnapplied()) await service.applyEntry(entry)
  expect(await money()).toMatchObject({ credits: 2 * START - 1, ledger: 2 * START - 1 })
})

test('a budget whose books are not what calls cost is found, told of, and no longer when they are', async () => {
  const world = await worldWith()
  const { models } = modules().budgets
  const batchId = createId()
  const own = { paidBy: 'workspace-credential', chargeNanodollars: 0, costNanodollars: 30, leaseId: null } as const
  const startedAt = harness.clock.now() - 20 * MINUTE_MS
  const batch = [world.call(100, { startedAt }), world.call(0, { ...own, startedAt })]
  await ingest(batch, batchId)
  expect(await reconcile(world.workspaceId)).toEqual(CLEAN)
  const [settlement] = (await models[1]?.find({ settlementId: batchId }).lean()) ?? []
  await models[1]?.deleteOne({ settlementId: batchId })
  const found = await modules().reconciliations.service.reconcile(world.workspaceId)
  const account = world.account.slice(world.workspaceId.length + 1)
  expect(found.mismatches).toMatchObject([{ account, ledgerNanodollars: 30, generationsNanodollars: 130 }])
  const { nodes } = await modules().alerts.readModel.page(
    world.workspaceId,
    { state: 'open' },
    { first: 5, after: null },
  )
  expect(nodes.map(({ message }) => message).join()).toContain(`The books of ${account} do not have what calls cost`)
  await models[1]?.create([settlement])
  expect(await reconcile(world.workspaceId)).toEqual(CLEAN)
})

test('old settlements of budgets are taken into totals and deleted, and nothing that was spent changes by it', async () => {
  const world = await worldWith()
  const { models, service } = modules().budgets
  const count = () => models[1]?.countDocuments({ workspaceId: world.workspaceId })
  const [first, batchId] = [world.call(100), createId()]
  await ingest([first], batchId)
  await ingest([world.call(20)], createId())
  harness.clock.advance(DAY_MS)
  await ingest([world.call(3)], createId())
  await service.foldOld()
  expect(await count()).toBe(3)
  harness.clock.advance(7.5 * DAY_MS)
  await service.foldOld()
  expect([await count(), await service.foldOld()]).toEqual([1, 0])
  expect(await world.money()).toEqual(charged(123))

  // It comes again, from a disk that was lost and found.
  await ingest([first], batchId)
  const { redis } = harness.controlPlane
  await redis.del(balanceKey(world.account), settledKey(world.account))
  await service.restoreBudgets(world.workspaceId)
  expect(await world.money()).toEqual(charged(123))
  expect((await modules().reconciliations.service.reconcile(world.workspaceId, { full: true })).mismatches).toEqual([])
})

test('a crash between a total and what it replaces changes nothing, and is mended by the next run', async () => {
  const world = await worldWith()
  const { models, service } = modules().budgets
  await ingest([world.call(100)], createId())
  const kept = (await models[1]?.find({ workspaceId: world.workspaceId }).lean()) ?? []
  harness.clock.advance(9 * DAY_MS)
  await service.foldOld()
  await models[1]?.create(kept)
  await ingest([world.call(5)], createId())
  expect(await world.money()).toEqual(charged(105))
  expect(await service.foldOld()).toBe(1)
  expect(await service.foldOld()).toBe(0)
  expect(await world.money()).toEqual(charged(105))
})
