import { afterAll, beforeAll, expect, test } from 'vitest'
import { nanodollars } from '../../shared/money/nanodollars.ts'
import { balanceKey, settledKey } from '../../shared/redis/keys.ts'
import { createId } from '../../shared/runtime/id.ts'
import { chargeOf } from '../helpers/charge-of.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const billing = () => harness.controlPlane.modules.billing
const ingest = (...batch: ReturnType<typeof generationOf>[]) =>
  harness.controlPlane.modules.requestLogs.service.ingest(batch, createId())

/** A workspace with a dollar. */
async function fundedWorkspace() {
  const workspace = await harness.workspace()
  await billing().service.topUp(workspace.id, { amountUsd: 1, idempotencyKey: 'first' })
  return workspace
}

async function balancesOf(workspaceId: string): Promise<{ live: number | undefined; ledger: number }> {
  const { live, ledger } = await billing().readModel.balance(workspaceId)
  return { live: live?.balance, ledger }
}

const ENTRIES = `query ($workspaceId: ID!, $filter: LedgerFilterInput) {
  ledger(workspaceId: $workspaceId, filter: $filter) { nodes { id type amountNanodollars generationId keyId reason } }
}`

async function entriesOf(workspaceId: string, filter: object = {}) {
  const variables = { workspaceId, filter }
  return (await harness.admin.run<{ ledger: { nodes: { id: string; type: string }[] } }>(ENTRIES, variables)).ledger
    .nodes
}

test('a call that cost more than was held and there pays what was held; the ledger has both parts', async () => {
  const { id: workspaceId } = await fundedWorkspace()
  const call = generationOf(workspaceId, { chargeNanodollars: 30, forgivenNanodollars: 20, leaseId: 'gone' })
  await ingest(call)
  await ingest(call)
  expect(await entriesOf(workspaceId, { generationId: `gen-${call.id}` })).toEqual([
    {
      id: `forgiven:${call.id}`,
      type: 'forgiven',
      amountNanodollars: 20,
      generationId: call.id,
      keyId: 'key',
      reason: null,
    },
    { id: call.id, type: 'usage', amountNanodollars: -50, generationId: call.id, keyId: 'key', reason: null },
  ])
  expect((await balancesOf(workspaceId)).ledger).toBe(1_000_000_000 - 30)
})

test('a call that nothing was held for and nothing was there for is forgiven as a whole', async () => {
  const { id: workspaceId } = await harness.workspace()
  await ingest(generationOf(workspaceId, { chargeNanodollars: 0, forgivenNanodollars: 20 }))
  expect((await entriesOf(workspaceId)).map(({ type }) => type)).toEqual(['forgiven', 'usage'])
  expect(await balancesOf(workspaceId)).toEqual({ live: 0, ledger: 0 })
})

const REFUND = `mutation ($workspaceId: ID!, $generationId: ID!, $amountUsd: Float, $key: String!) {
  refund(workspaceId: $workspaceId, generationId: $generationId, amountUsd: $amountUsd, reason: "cut off", idempotencyKey: $key) {
    entry { id type amountNanodollars generationId keyId reason } balance { balanceNanodollars ledgerNanodollars }
  }
}`

test('a refund gives back what a call was charged, in parts or what is left, and never what was forgiven', async () => {
  const { id: workspaceId } = await fundedWorkspace()
  const call = generationOf(workspaceId, { chargeNanodollars: 300, forgivenNanodollars: 200 })
  await ingest(call)
  const refund = (key: string, amountUsd: number | null) =>
    harness.admin.codeOf(REFUND, { workspaceId, generationId: call.id, amountUsd, key })
  expect(await refund('a', 0.000_000_1)).toBeNull()
  expect(await refund('b', 0.000_000_201)).toBe('refund_too_high')
  const variables = { workspaceId, generationId: `chatcmpl-${call.id}`, amountUsd: null, key: 'c' }
  expect(await harness.admin.run(REFUND, variables)).toEqual({
    refund: {
      entry: {
        id: `refund:${call.id}:c`,
        type: 'refund',
        amountNanodollars: 200,
        generationId: call.id,
        keyId: 'key',
        reason: 'cut off',
      },
      balance: { balanceNanodollars: 1_000_000_000, ledgerNanodollars: 1_000_000_000 },
    },
  })
  // Again with its key each is what it was; a new one has nothing left to give.
  expect([await refund('c', null), await refund('a', 0.000_000_1)]).toEqual([null, null])
  expect([await refund('a', 0.000_000_2), await refund('d', null)]).toEqual(['idempotency_conflict', 'refund_too_high'])
  expect(await balancesOf(workspaceId)).toEqual({ live: 1_000_000_000, ledger: 1_000_000_000 })
})

test('refunds of a call that are made at once never come to more than it was charged', async () => {
  const { id: workspaceId } = await fundedWorkspace()
  const call = generationOf(workspaceId, { chargeNanodollars: 1_000 })
  await ingest(call)
  const keys = ['a', 'b', 'c', 'd', 'e', 'a']
  const codes = await Promise.all(
    keys.map((key) =>
      harness.admin.codeOf(REFUND, { workspaceId, generationId: call.id, amountUsd: 0.000_000_4, key }),
    ),
  )
  expect(codes.filter((code) => code !== null && code !== 'refund_too_high')).toEqual([])
  expect(await entriesOf(workspaceId, { types: ['refund'] })).toHaveLength(2)
  expect(await balancesOf(workspaceId)).toEqual({ live: 1_000_000_000 - 200, ledger: 1_000_000_000 - 200 })
})

test('only calls of the workspace that were charged are refunded, and only by platform admins', async () => {
  const [{ id: workspaceId, owner }, other] = [await fundedWorkspace(), await fundedWorkspace()]
  const call = generationOf(workspaceId)
  await ingest(call)
  const variables = { workspaceId: other.id, generationId: call.id, amountUsd: null, key: 'a' }
  expect(await harness.admin.codeOf(REFUND, variables)).toBe('charge_not_found')
  expect(await harness.admin.codeOf(REFUND, { ...variables, generationId: 'topup:x' })).toBe('charge_not_found')
  expect(await owner.client.codeOf(REFUND, { ...variables, workspaceId })).toBe('forbidden')
  expect(await harness.admin.codeOf(REFUND, { ...variables, workspaceId, amountUsd: 0 })).toBe('invalid_amount')
})

const ADJUST = `mutation ($workspaceId: ID!, $amountUsd: Float!, $key: String!) {
  adjustBalance(workspaceId: $workspaceId, amountUsd: $amountUsd, reason: "agreed", idempotencyKey: $key) {
    entry { type amountNanodollars reason } balance { balanceNanodollars ledgerNanodollars }
  }
}`

test('an adjustment moves the balance up or down, once a key, and may leave it below zero', async () => {
  const { id: workspaceId, owner } = await fundedWorkspace()
  const down = { workspaceId, amountUsd: -1.5, key: 'down' }
  const expected = {
    entry: { type: 'adjustment', amountNanodollars: -1_500_000_000, reason: 'agreed' },
    balance: { balanceNanodollars: -500_000_000, ledgerNanodollars: -500_000_000 },
  }
  expect(await harness.admin.run(ADJUST, down)).toEqual({ adjustBalance: expected })
  expect(await harness.admin.run(ADJUST, down)).toEqual({ adjustBalance: expected })
  expect(await harness.admin.codeOf(ADJUST, { ...down, amountUsd: -1 })).toBe('idempotency_conflict')
  expect(await harness.admin.codeOf(ADJUST, { ...down, amountUsd: 0, key: 'none' })).toBe('invalid_amount')
  expect(await owner.client.codeOf(ADJUST, { ...down, key: 'mine' })).toBe('forbidden')
  await harness.admin.run(ADJUST, { workspaceId, amountUsd: 2, key: 'up' })
  expect(await balancesOf(workspaceId)).toEqual({ live: 1_500_000_000, ledger: 1_500_000_000 })
})

async function emptyRedis(workspaceId: string): Promise<void> {
  await harness.controlPlane.redis.del(balanceKey(workspaceId), settledKey(workspaceId))
}

test('a balance that Redis lost is restored to what the ledger says, forgiven parts and refunds included', async () => {
  const { id: workspaceId } = await fundedWorkspace()
  const { service } = billing()
  const call = generationOf(workspaceId, { chargeNanodollars: 300, forgivenNanodollars: 200, leaseId: 'gone' })
  await ingest(call, generationOf(workspaceId, { chargeNanodollars: 7 }))
  await service.refund(workspaceId, { generationId: call.id, amountUsd: null, reason: 'r', idempotencyKey: 'k' })
  await emptyRedis(workspaceId)
  const left = await service.credit(workspaceId, {
    type: 'adjustment',
    amount: nanodollars(-5),
    cause: `adjustment:${workspaceId}:while-away`,
    reason: null,
  })
  expect(await service.restoreBalance(workspaceId)).toBe(true)
  expect((await balancesOf(workspaceId)).live).toBe(1_000_000_000 - 12)
  await service.applyEntry(left)
  await service.applyEntry(left)
  expect(await balancesOf(workspaceId)).toEqual({ live: 1_000_000_000 - 12, ledger: 1_000_000_000 - 12 })
})

test.each(['lease', null])(
  'a crash between the two parts of a call (lease: %s) leaves a restored balance right when the job runs again',
  async (leaseId) => {
    const { id: workspaceId } = await fundedWorkspace()
    const charge = chargeOf(workspaceId, 300, { forgiven: nanodollars(200), leaseId })
    await billing().service.recordCharges([charge], { id: 'batch', keptAt: null })
    await billing().models[0]?.collection.deleteOne({ _id: `forgiven:${charge.generationId}` as never })
    await emptyRedis(workspaceId)
    await billing().service.restoreBalance(workspaceId)
    await billing().service.recordCharges([charge], { id: 'batch', keptAt: null })
    expect(await balancesOf(workspaceId)).toEqual({ live: 1_000_000_000 - 300, ledger: 1_000_000_000 - 300 })
  },
)

test('the sum of the ledger is that of its entries, with a checkpoint, after it, and for charges that come days late', async () => {
  const { id: workspaceId } = await fundedWorkspace()
  const { service, readModel, models } = billing()
  const record = (count: number, at: number) =>
    service.recordCharges(Array.from({ length: count }, () => chargeOf(workspaceId, 3, { at })))
  const expectTotal = async (entries: number) => {
    const total = 1_000_000_000 - 3 * entries
    expect(await readModel.ledgerTotal(workspaceId)).toBe(total)
    expect(await readModel.ledgerTotal(workspaceId, { recount: true })).toBe(total)
  }
  await record(499, Date.now())
  // Too young, and then enough.
  expect(await service.keepCheckpoint(workspaceId)).toBe(false)
  harness.clock.advance(HOUR_MS)
  expect(await service.keepCheckpoint(workspaceId)).toBe(true)
  expect(await service.keepCheckpoint(workspaceId)).toBe(false)
  await expectTotal(499)
  await record(1, Date.now() - 40 * DAY_MS)
  await expectTotal(500)
  await emptyRedis(workspaceId)
  await service.restoreBalance(workspaceId)
  expect(await balancesOf(workspaceId)).toEqual({ live: 1_000_000_000 - 1_500, ledger: 1_000_000_000 - 1_500 })

  // A checkpoint that missed an entry is made anew within a day, with the next entries.
  await models[1]?.collection.updateOne({ _id: workspaceId as never }, { $set: { 'sums.0.amountNanodollars': -1 } })
  await record(500, Date.now())
  harness.clock.advance(DAY_MS + HOUR_MS)
  expect(await service.keepCheckpoint(workspaceId)).toBe(true)
  await expectTotal(1_000)
})

test('entries are found by type, time, key and call', async () => {
  const { id: workspaceId, owner } = await fundedWorkspace()
  const calls = [
    generationOf(workspaceId, { keyId: 'one', startedAt: Date.UTC(2026, 3, 1) }),
    generationOf(workspaceId, { keyId: 'two', startedAt: Date.UTC(2026, 3, 2), purpose: 'evaluation' }),
  ]
  await ingest(...calls)
  const idsOf = async (filter: object) => (await entriesOf(workspaceId, filter)).map(({ id }) => id)
  expect(await idsOf({ types: ['usage', 'evaluation'] })).toEqual([calls[1]?.id, calls[0]?.id])
  expect(await idsOf({ types: ['evaluation'] })).toEqual([calls[1]?.id])
  expect(await idsOf({ from: '2026-04-01T00:00:00Z', to: '2026-04-02T00:00:00Z' })).toEqual([calls[0]?.id])
  expect(await idsOf({ keyId: 'two' })).toEqual([calls[1]?.id])
  expect(await idsOf({ generationId: calls[0]?.id })).toEqual([calls[0]?.id])
  expect(await owner.client.codeOf(ENTRIES, { workspaceId, filter: { types: [] } })).toBe('invalid_input')
})
