import { Queue } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSweep, type Sweep } from '../../control-plane/workers/sweep.ts'
import { createCreditBalance, type CreditBalance } from '../../shared/money/credit-balance.ts'
import { createCreditLeases, LEASE_MS } from '../../shared/money/credit-leases.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { openQueue } from '../../shared/queues/define-queue.ts'
import { createGenerationBatches } from '../../shared/queues/generation-batches.ts'
import { generationsQueue, type Generation } from '../../shared/queues/generations.queue.ts'
import {
  balanceKey,
  generationBatchKey,
  QUEUE_PREFIX,
  settledKey,
  snapshotPointerKey,
} from '../../shared/redis/keys.ts'
import { createId } from '../../shared/runtime/id.ts'
import { chargeOf } from '../helpers/charge-of.ts'
import { connectServer, type Server } from '../helpers/connect-server.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let harness: ControlPlaneHarness
let redis: Server
let credit: CreditBalance

beforeAll(async () => {
  harness = await startControlPlane()
  redis = connectServer({ url: harness.services.redisUrl, name: 'data-plane', mode: 'patient' })
  redis.on('error', () => undefined)
  credit = createCreditBalance(redis)
  await harness.startWorkers()
})
afterAll(async () => {
  redis.disconnect()
  await harness.close()
})

async function send(...batches: Generation[][]): Promise<void> {
  const queue = openQueue(generationsQueue, redis)
  const kept = createGenerationBatches(redis)
  for (const generations of batches) {
    const batchId = createId()
    await kept.put(batchId, Buffer.from(generations.map((generation) => JSON.stringify(generation)).join(',')))
    await queue.send({ batchId })
  }
  await queue.close()
}

async function ledgerOf(workspaceId: string) {
  const { ledger } = await harness.admin.run<{ ledger: { nodes: { id: string; amountNanodollars: number }[] } }>(
    `query ($workspaceId: ID!) { ledger(workspaceId: $workspaceId) { nodes { id amountNanodollars } } }`,
    { workspaceId },
  )
  return ledger.nodes
}

async function generationsOf(workspaceId: string): Promise<{ id: string }[]> {
  const { generations } = await harness.admin.run<{ generations: { nodes: { id: string }[] } }>(
    `query ($workspaceId: ID!) { generations(workspaceId: $workspaceId, first: 100) { nodes { id } } }`,
    { workspaceId },
  )
  return generations.nodes
}

test('a batch that is sent twice is kept and charged once', async () => {
  const { id: workspaceId } = await harness.workspace()
  const batch = [1, 2, 3].map((times) => generationOf(workspaceId, { chargeNanodollars: 1_000 * times }))
  await send(batch, batch, batch)
  await waitUntil(async () => (await ledgerOf(workspaceId)).length === 3)
  await untilQueueIsEmpty()
  expect(await generationsOf(workspaceId)).toHaveLength(3)
  const ledger = await ledgerOf(workspaceId)
  expect(ledger.reduce((sum, entry) => sum + entry.amountNanodollars, 0)).toBe(-6_000)
})

test('a batch whose first run died between records and ledger is charged by the second', async () => {
  const { id: workspaceId } = await harness.workspace()
  const generation = generationOf(workspaceId, { chargeNanodollars: 700 })
  const { id: _id, ...fields } = generation
  await harness.controlPlane.modules.requestLogs.models[0]?.create([{ _id, ...fields }])
  await send([generation])
  await waitUntil(async () => (await ledgerOf(workspaceId)).length === 1)
  expect(await ledgerOf(workspaceId)).toEqual([{ id: generation.id, amountNanodollars: -700 }])
})

test("calls with a workspace's own credential, and free ones, leave the ledger alone", async () => {
  const { id: workspaceId } = await harness.workspace()
  await send([
    generationOf(workspaceId, { paidBy: 'workspace-credential', chargeNanodollars: 0 }),
    generationOf(workspaceId, { chargeNanodollars: 0 }),
    generationOf(workspaceId, { paidBy: 'nobody', chargeNanodollars: 0, status: 'failed', costNanodollars: null }),
  ])
  await waitUntil(async () => (await generationsOf(workspaceId)).length === 3)
  await untilQueueIsEmpty()
  expect(await ledgerOf(workspaceId)).toEqual([])
})

test('records that do not have the agreed form fail for good, stay to be looked at, and do not stop the others', async () => {
  const { id: workspaceId } = await harness.workspace()
  const queue = new Queue(generationsQueue.name, { connection: redis, prefix: QUEUE_PREFIX, skipVersionCheck: true })
  const batchId = createId()
  await createGenerationBatches(redis).put(batchId, Buffer.from('{"id":"nonsense"}'))
  const bad = await queue.add('generations', { batchId }, generationsQueue.jobOptions)
  await send([generationOf(workspaceId)])
  await waitUntil(async () => (await generationsOf(workspaceId)).length === 1)
  await waitUntil(() => bad.isFailed())
  expect((await queue.getJob(bad.id ?? ''))?.attemptsMade).toBe(1)
  expect(await redis.get(generationBatchKey(batchId))).toBe('{"id":"nonsense"}')
  await bad.remove()
  await redis.del(generationBatchKey(batchId))
  await queue.close()
})

test('a batch is gone from Redis when its records are in the database, and a job that runs again does not mind', async () => {
  const { id: workspaceId } = await harness.workspace()
  await send([generationOf(workspaceId)])
  await waitUntil(async () => (await generationsOf(workspaceId)).length === 1)
  await untilQueueIsEmpty()
  const queue = openQueue(generationsQueue, redis)
  await queue.send({ batchId: createId() })
  await queue.close()
  await untilQueueIsEmpty()
  expect(await generationsOf(workspaceId)).toHaveLength(1)
  expect(await redis.keys(generationBatchKey('*'))).toEqual([])
})

async function untilQueueIsEmpty(): Promise<void> {
  const queue = new Queue(generationsQueue.name, { connection: redis, prefix: QUEUE_PREFIX, skipVersionCheck: true })
  await waitUntil(async () => {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed')
    return Object.values(counts).every((count) => count === 0)
  })
  await queue.close()
}

test('a new key reaches the served snapshot through the worker', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await waitUntil(() => harness.controlPlane.redis.get(snapshotPointerKey(workspaceId)))
  await owner.client.run(
    `mutation ($workspaceId: ID!) { createKey(workspaceId: $workspaceId, input: { name: "soon" }) { secret } }`,
    { workspaceId },
  )
  const served = await waitUntil(async () => {
    const { content } = await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)
    return JSON.stringify(content).includes('soon')
  })
  expect(served).toBe(true)
})

function sweepOf(workspaceId: string): Sweep {
  const { modules, publishSnapshot, clock, logger } = harness.controlPlane
  return createSweep({
    billing: modules.billing,
    budgets: modules.budgets,
    reconciliations: modules.reconciliations.service,
    snapshots: modules.snapshots,
    listWorkspaceIds: async () => [workspaceId],
    publishSnapshot,
    redis: harness.controlPlane.redis,
    clock,
    logger,
  })
}

test('what a dead data plane held is given back when its time is up', async () => {
  const { id: workspaceId } = await harness.workspace()
  await credit.credit(workspaceId, { entryId: 'start', amount: nanodollars(1_000) }, harness.clock.now())
  await lease(workspaceId, 400)
  await sweepOf(workspaceId).balances()
  expect(await credit.read(workspaceId)).toMatchObject({ balance: 600, reserved: 400 })
  harness.clock.advance(LEASE_MS + 1_000)
  await sweepOf(workspaceId).balances()
  expect(await credit.read(workspaceId)).toMatchObject({ balance: 1_000, reserved: 0 })
  const { readModel } = harness.controlPlane.modules.reconciliations
  const { nodes } = await readModel.releasedLeases(workspaceId, { first: 10, after: null })
  expect(nodes).toMatchObject([{ leaseId: 'lease', amountNanodollars: 400, underWayNanodollars: 400 }])
})

/** A call of another process holds so much. */
async function lease(workspaceId: string, amount: number): Promise<void> {
  const needs = [{ amount: nanodollars(amount), recall: 0 }]
  const report = { sequence: 1, committed: ZERO, free: ZERO, target: ZERO, unit: ZERO, settlements: [], needs }
  await createCreditLeases(redis, 'lease').sync(workspaceId, report, harness.clock.now())
}

test('a charge whose process died before it told Redis is settled when its record is kept, out of its lease', async () => {
  const { id: workspaceId } = await harness.workspace()
  await credit.credit(workspaceId, { entryId: 'start', amount: nanodollars(1_000) }, harness.clock.now())
  await lease(workspaceId, 400)
  await send([generationOf(workspaceId, { chargeNanodollars: 150, leaseId: 'lease' })])
  await waitUntil(async () => (await credit.read(workspaceId))?.reserved === 250)
  harness.clock.advance(LEASE_MS + 1_000)
  await sweepOf(workspaceId).balances()
  expect(await credit.read(workspaceId)).toMatchObject({ balance: 850, reserved: 0 })
  // Its lease is gone by now.
  await send([generationOf(workspaceId, { chargeNanodollars: 50, leaseId: 'lease' })])
  await waitUntil(async () => (await credit.read(workspaceId))?.balance === 800)
})

test('a charge that a restored balance contains does not count again when its job runs twice', async () => {
  const { id: workspaceId } = await harness.workspace()
  const { service } = harness.controlPlane.modules.billing
  await service.topUp(workspaceId, { amountUsd: 1, idempotencyKey: 'one' })
  const charge = chargeOf(workspaceId, 5)
  await service.recordCharges([charge])
  await redis.del(balanceKey(workspaceId), settledKey(workspaceId))
  await sweepOf(workspaceId).balances()
  await service.recordCharges([charge])
  expect((await credit.read(workspaceId))?.balance).toBe(1_000_000_000 - 5)
})

test('a live balance that Redis lost is restored from the ledger, each top-up once', async () => {
  const { id: workspaceId } = await harness.workspace()
  const { service } = harness.controlPlane.modules.billing
  await service.topUp(workspaceId, { amountUsd: 2, idempotencyKey: 'one' })
  await service.recordCharges([chargeOf(workspaceId, 5, { leaseId: null })])
  await redis.del(balanceKey(workspaceId))
  // Made while Redis knows no balance: it is in the ledger only.
  const entry = await service.topUp(workspaceId, { amountUsd: 1, idempotencyKey: 'two' })
  expect(entry.amountNanodollars).toBe(1_000_000_000)
  await sweepOf(workspaceId).balances()
  await sweepOf(workspaceId).balances()
  expect((await credit.read(workspaceId))?.balance).toBe(3_000_000_000 - 5)
})

test('a top-up that a crash kept from the live balance is added by the sweep, once', async () => {
  const { id: workspaceId } = await harness.workspace()
  await harness.controlPlane.modules.billing.models[0]?.create([
    {
      _id: `topup:${workspaceId}:crashed`,
      workspaceId,
      position: '0',
      type: 'topup',
      amountNanodollars: 77,
      at: 1,
      writtenAt: 1,
      generationId: null,
      reason: null,
      applied: false,
    },
  ])
  await sweepOf(workspaceId).balances()
  await sweepOf(workspaceId).balances()
  expect((await credit.read(workspaceId))?.balance).toBe(77)
})

test('after Redis came back empty, everything in it is made again without a restart', async () => {
  const { id: workspaceId } = await harness.workspace()
  const { modules } = harness.controlPlane
  await modules.billing.service.topUp(workspaceId, { amountUsd: 1, idempotencyKey: 'kept' })
  await waitUntil(() => redis.exists(snapshotPointerKey(workspaceId)).then(Boolean))
  await harness.services.redis.stop()
  await harness.services.redis.start()
  await waitUntil(async () => (await credit.read(workspaceId))?.balance === 1_000_000_000, { limitMs: 12_000 })
  await waitUntil(() => redis.exists(snapshotPointerKey(workspaceId)).then(Boolean), { limitMs: 12_000 })
  // And work goes on.
  await send([generationOf(workspaceId, { chargeNanodollars: 9 })])
  await waitUntil(async () => (await ledgerOf(workspaceId)).length === 2)
  expect((await modules.billing.readModel.balance(workspaceId)).ledger).toBe(1_000_000_000 - 9)
})
