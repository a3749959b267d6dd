import { afterAll, beforeAll, expect, test } from 'vitest'
import { ulid } from 'ulid'
import { createDriftMetrics } from '../../control-plane/workers/drift-metrics.ts'
import { namedAccount } from '../../shared/money/account.ts'
import { budgetAccountName } from '../../shared/money/budget.ts'
import { createCreditBalance, type CreditBalance, type Settlement } from '../../shared/money/credit-balance.ts'
import { createCreditLeases } from '../../shared/money/credit-leases.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { balanceKey, unrecordedKey } from '../../shared/redis/keys.ts'
import { createId } from '../../shared/runtime/id.ts'
import { asServer } from '../helpers/connect-server.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

const MINUTE_MS = 60_000
const START = 1_000_000_000

let harness: ControlPlaneHarness
let credit: CreditBalance
beforeAll(async () => {
  harness = await startControlPlane()
  credit = createCreditBalance(harness.controlPlane.redis)
})
afterAll(() => harness.close())

const FIELDS = `id state runs mismatches { ledgerNanodollars generationsNanodollars } repair { reason finishedAt }
  accounts { account type liveNanodollars ledgerNanodollars driftNanodollars unrecordedNanodollars lostNanodollars }`
const RECONCILE = `mutation ($workspaceId: ID!, $full: Boolean) {
  reconcile(workspaceId: $workspaceId, full: $full) { ${FIELDS} }
}`
const REPAIR = `mutation ($workspaceId: ID!, $id: ID!) {
  repairDrift(workspaceId: $workspaceId, reconciliationId: $id, reason: "seen in the logs") { ${FIELDS} }
}`
const ALERTS = `query ($workspaceId: ID!) {
  alerts(workspaceId: $workspaceId, filter: { state: open }) { nodes { kind message } }
}`

interface Shown {
  readonly id: string
  readonly state: string
  readonly runs: number
  readonly accounts: readonly { readonly driftNanodollars: number; readonly [field: string]: unknown }[]
  readonly [field: string]: unknown
}

async function workspaceWithMoney(): Promise<string> {
  const { id } = await harness.workspace()
  await harness.controlPlane.modules.billing.service.topUp(id, { amountUsd: 1, idempotencyKey: 'start' })
  return id
}

async function reconcile(workspaceId: string, full = false): Promise<Shown> {
  return (await harness.admin.run<{ reconcile: Shown }>(RECONCILE, { workspaceId, full })).reconcile
}

async function openAlerts(workspaceId: string): Promise<readonly { kind: string; message: string }[]> {
  const { alerts } = await harness.admin.run<{ alerts: { nodes: [] } }>(ALERTS, { workspaceId })
  return alerts.nodes
}

/** The worker keeps a batch of one call that cost so much. */
async function ingest(workspaceId: string, charge: number, batchId = createId()): Promise<void> {
  const generation = generationOf(workspaceId, { chargeNanodollars: charge, leaseId: 'lease' })
  await harness.controlPlane.modules.requestLogs.service.ingest([generation], batchId)
}

let sequence = 0
/** A data plane tells Redis of what was charged. */
async function tell(workspaceId: string, settlement: Settlement): Promise<void> {
  sequence += 1
  const nothing = { committed: ZERO, free: ZERO, target: ZERO, unit: ZERO, needs: [] }
  const report = { ...nothing, sequence, settlements: [settlement] }
  await createCreditLeases(harness.controlPlane.redis, 'lease').sync(workspaceId, report, harness.clock.now())
}

/** Redis forgets what the worker told long ago when it hears of something else. */
async function forgetSettlements(workspaceId: string): Promise<void> {
  harness.clock.advance(16 * MINUTE_MS)
  await ingest(workspaceId, 1)
}

test('a live balance that is not what the ledger says is found, told of, and repaired once', async () => {
  const workspaceId = await workspaceWithMoney()
  const batchId = createId()
  await ingest(workspaceId, 700, batchId)
  await forgetSettlements(workspaceId)
  await credit.settle(workspaceId, [{ id: batchId, charge: nanodollars(700), leaseId: null }], harness.clock.now())

  const found = await reconcile(workspaceId)
  expect(found).toMatchObject({ state: 'drift', runs: 1, mismatches: [], repair: null })
  const ledgerNanodollars = START - 701
  const expected = { type: 'agreed', liveNanodollars: START - 1_401, ledgerNanodollars, driftNanodollars: -700 }
  expect(found.accounts).toMatchObject([{ account: workspaceId, ...expected }])
  expect(await openAlerts(workspaceId)).toMatchObject([{ kind: 'balance_drift' }])
  expect((await openAlerts(workspaceId))[0]?.message).toContain('$0.000000700 below')
  const metrics = createDriftMetrics(harness.controlPlane.modules.reconciliations.readModel)
  expect(await metrics.metrics()).toContain(`signalbox_ledger_drift_nanodollars{workspace="${workspaceId}"} -700`)
  // Found again, it is counted.
  expect(await reconcile(workspaceId)).toMatchObject({ id: found.id, runs: 2 })

  const order = { workspaceId, id: found.id }
  const { repairDrift } = await harness.admin.run<{ repairDrift: Shown }>(REPAIR, order)
  expect(repairDrift['repair']).toEqual({ reason: 'seen in the logs', finishedAt: expect.any(String) })
  await harness.admin.run(REPAIR, order)
  expect((await credit.read(workspaceId))?.balance).toBe(ledgerNanodollars)
  const { ledger } = await harness.admin.run<{ ledger: { nodes: object[] } }>(
    `query ($workspaceId: ID!) { ledger(workspaceId: $workspaceId) { nodes { id type amountNanodollars reason } } }`,
    { workspaceId },
  )
  const note = { type: 'adjustment', amountNanodollars: 0, reason: 'seen in the logs' }
  expect(ledger.nodes).toContainEqual({ id: `repair:${found.id}`, ...note })

  expect(await reconcile(workspaceId)).toMatchObject({ state: 'clean', accounts: [{ driftNanodollars: 0 }] })
  expect(await openAlerts(workspaceId)).toEqual([])
  expect(await metrics.metrics()).not.toContain(workspaceId)
})

test('a charge that a process tells of when it was forgotten is found too; a repair of what has changed is refused', async () => {
  const workspaceId = await workspaceWithMoney()
  const batchId = createId()
  await ingest(workspaceId, 700, batchId)
  await forgetSettlements(workspaceId)
  await tell(workspaceId, { id: batchId, charge: nanodollars(700) })
  const found = await reconcile(workspaceId)
  expect(found.accounts).toMatchObject([{ driftNanodollars: -700, unrecordedNanodollars: 0 }])
  await asServer(harness.controlPlane.redis).incrby(balanceKey(workspaceId), 1)
  const order = { workspaceId, id: found.id }
  expect(await harness.admin.codeOf(REPAIR, order)).toBe('drift_changed')
  const changed = await reconcile(workspaceId)
  expect(changed).toMatchObject({ accounts: [{ driftNanodollars: -699 }] })
  await harness.admin.run(REPAIR, { workspaceId, id: changed.id })
  expect(await reconcile(workspaceId)).toMatchObject({ state: 'clean' })
  expect(await harness.admin.codeOf(REPAIR, { workspaceId, id: (await reconcile(workspaceId)).id })).toBe(
    'nothing_to_repair',
  )
})

test('what is under way is no drift: calls, records on their way, and a worker that died before it told Redis', async () => {
  const workspaceId = await workspaceWithMoney()
  const needs = [{ amount: nanodollars(400), recall: 0 }]
  const report = { sequence: 1, committed: ZERO, free: ZERO, target: ZERO, unit: ZERO, settlements: [], needs }
  await createCreditLeases(harness.controlPlane.redis, 'other').sync(workspaceId, report, harness.clock.now())
  await tell(workspaceId, { id: createId(), charge: nanodollars(50) })
  const batchId = createId()
  await ingest(workspaceId, 30, batchId)
  await harness.controlPlane.redis.hset(unrecordedKey(workspaceId), batchId, 30)
  const [live, ledger] = [{ liveNanodollars: START - 30 }, { ledgerNanodollars: START - 30 }]
  expect(await reconcile(workspaceId)).toMatchObject({
    state: 'clean',
    accounts: [{ ...live, ...ledger, driftNanodollars: 0, unrecordedNanodollars: 50 }],
  })
})

test('what was taken for records that are nowhere is listed and given back; one that turns up after all is charged', async () => {
  const workspaceId = await workspaceWithMoney()
  const batchId = ulid(harness.clock.now() - 61 * MINUTE_MS)
  await tell(workspaceId, { id: batchId, charge: nanodollars(90) })
  const found = await reconcile(workspaceId)
  expect(found).toMatchObject({ state: 'drift', accounts: [{ driftNanodollars: 0, lostNanodollars: 90 }] })
  await harness.admin.run(REPAIR, { workspaceId, id: found.id })
  expect((await credit.read(workspaceId))?.balance).toBe(START)
  await ingest(workspaceId, 90, batchId)
  expect((await credit.read(workspaceId))?.balance).toBe(START - 90)
  expect(await reconcile(workspaceId)).toMatchObject({ state: 'clean' })
})

test('a call that the ledger does not have is found, however old it is, and no longer when it has it', async () => {
  const workspaceId = await workspaceWithMoney()
  const startedAt = harness.clock.now() - 400 * 24 * 60 * MINUTE_MS
  const generation = generationOf(workspaceId, { chargeNanodollars: 70, startedAt })
  const { id: _id, ...fields } = generation
  const { models, service } = harness.controlPlane.modules.requestLogs
  await models[0]?.create([{ _id, ...fields }])
  expect(await reconcile(workspaceId)).toMatchObject({ state: 'clean' })
  const mismatches = [{ ledgerNanodollars: 0, generationsNanodollars: 70 }]
  expect(await reconcile(workspaceId, true)).toMatchObject({ state: 'drift', mismatches })
  // It is looked at again until it matches.
  const found = await reconcile(workspaceId)
  expect(found).toMatchObject({ state: 'drift', mismatches, runs: 2 })
  expect(await harness.admin.codeOf(REPAIR, { workspaceId, id: found.id })).toBe('nothing_to_repair')
  await service.ingest([generation])
  expect(await reconcile(workspaceId)).toMatchObject({ state: 'clean', mismatches: [] })
})

test('a budget whose account is not what was spent is found, and repaired', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { createBudget } = await owner.client.run<{ createBudget: { id: string } }>(
    `mutation ($workspaceId: ID!, $input: CreateBudgetInput!) { createBudget(workspaceId: $workspaceId, input: $input) { id } }`,
    { workspaceId, input: { name: 'Team', scope: 'workspace', period: 'monthly', mode: 'hard', limitUsd: 1 } },
  )
  const name = budgetAccountName({ id: createBudget.id, period: 'monthly' }, harness.clock.now())
  const account = namedAccount(workspaceId, name)
  const spent = generationOf(workspaceId, { chargeNanodollars: 40, leaseId: 'lease', budgets: [name] })
  await harness.controlPlane.modules.requestLogs.service.ingest([spent], createId())
  expect(await reconcile(workspaceId)).toMatchObject({ state: 'clean' })
  await asServer(harness.controlPlane.redis).decrby(balanceKey(account), 3)
  const found = await reconcile(workspaceId)
  expect(found).toMatchObject({
    state: 'drift',
    accounts: [{ account: workspaceId }, { account, driftNanodollars: -3 }],
  })
  await harness.admin.run(REPAIR, { workspaceId, id: found.id })
  expect((await credit.read(account))?.balance).toBe(START - 40)
  expect(await reconcile(workspaceId)).toMatchObject({ state: 'clean' })
})

test('viewers read what was found and what dead processes held; only platform admins repair', async () => {
  const workspaceId = await workspaceWithMoney()
  const viewer = await harness.member(workspaceId, 'viewer')
  const { reconciliations } = harness.controlPlane.modules
  const released = { leaseId: 'dead', amount: nanodollars(10), underWay: nanodollars(4) }
  await reconciliations.service.keepReleased(workspaceId, [released])
  await reconcile(workspaceId)
  await asServer(harness.controlPlane.redis).decrby(balanceKey(workspaceId), 5)
  const { id } = await reconcile(workspaceId)
  const query = `query ($workspaceId: ID!) {
    reconciliation(workspaceId: $workspaceId) { id }
    reconciliations(workspaceId: $workspaceId, first: 1) { nodes { id } pageInfo { hasNextPage } }
    releasedLeases(workspaceId: $workspaceId) { nodes { account leaseId amountNanodollars underWayNanodollars } }
  }`
  expect(await viewer.client.run(query, { workspaceId })).toEqual({
    reconciliation: { id },
    reconciliations: { nodes: [{ id }], pageInfo: { hasNextPage: true } },
    releasedLeases: {
      nodes: [{ account: workspaceId, leaseId: 'dead', amountNanodollars: 10, underWayNanodollars: 4 }],
    },
  })
  expect(await viewer.client.codeOf(RECONCILE, { workspaceId })).toBe('forbidden')
  const admin = await harness.member(workspaceId, 'owner')
  expect(await admin.client.codeOf(REPAIR, { workspaceId, id })).toBe('forbidden')
  expect(await harness.admin.codeOf(REPAIR, { workspaceId, id: 'none' })).toBe('reconciliation_not_found')
})

test('a balance that Redis does not know is told of as such', async () => {
  const workspaceId = await workspaceWithMoney()
  await harness.controlPlane.redis.del(balanceKey(workspaceId))
  expect(await reconcile(workspaceId)).toMatchObject({ state: 'no_balance', accounts: [{ type: 'unknown' }] })
  expect(await harness.admin.codeOf(RECONCILE, { workspaceId: 'none' })).toBe('workspace_not_found')
})
