import { afterAll, beforeAll, expect, test } from 'vitest'
import { namedAccount } from '../../shared/money/account.ts'
import { budgetAccountName, type BudgetPeriod } from '../../shared/money/budget.ts'
import { createCreditBalance, type CreditBalance } from '../../shared/money/credit-balance.ts'
import { createCreditLeases, LEASE_MS } from '../../shared/money/credit-leases.ts'
import { nanodollars, ZERO } from '../../shared/money/nanodollars.ts'
import { balanceKey } from '../../shared/redis/keys.ts'
import { createId } from '../../shared/runtime/id.ts'
import { asServer } from '../helpers/connect-server.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import type { GraphqlClient } from '../helpers/graphql-client.ts'

let harness: ControlPlaneHarness
let credit: CreditBalance
/** Each test has a budget of its own in it: records name the budgets that they count in. */
let shared: Awaited<ReturnType<ControlPlaneHarness['workspace']>>
beforeAll(async () => {
  harness = await startControlPlane({}, { withAdmin: false })
  credit = createCreditBalance(harness.controlPlane.redis)
  shared = await harness.workspace()
})
afterAll(() => harness.close())

const FIELDS = `id name scope keyId abTestId period mode limitNanodollars limitUsd alertAtPercent spentNanodollars spentUsd
  reservedNanodollars remainingNanodollars remainingUsd periodStart periodEnd state`
const CREATE = `mutation ($workspaceId: ID!, $input: CreateBudgetInput!) {
  createBudget(workspaceId: $workspaceId, input: $input) { ${FIELDS} }
}`
const UPDATE = `mutation ($workspaceId: ID!, $id: ID!, $input: UpdateBudgetInput!) {
  updateBudget(workspaceId: $workspaceId, id: $id, input: $input) { ${FIELDS} }
}`
const DELETE = `mutation ($workspaceId: ID!, $id: ID!) { deleteBudget(workspaceId: $workspaceId, id: $id) }`
const LIST = `query ($workspaceId: ID!) { budgets(workspaceId: $workspaceId) { ${FIELDS} } }`
const GET = `query ($workspaceId: ID!, $id: ID!) { budget(workspaceId: $workspaceId, id: $id) { ${FIELDS} } }`
const ALERTS = `query ($workspaceId: ID!, $state: AlertState!) {
  alerts(workspaceId: $workspaceId, filter: { state: $state }) { nodes { kind subject message count } }
}`

interface Shown {
  readonly id: string
  readonly spentNanodollars: number
  readonly state: string
  readonly [field: string]: unknown
}

interface World {
  readonly workspaceId: string
  readonly client: GraphqlClient
  readonly budget: Shown
  /** The account of the period that it is now. */
  account(): string
}

const WHOLE = { scope: 'workspace', period: 'monthly', mode: 'hard', limitUsd: 0.000_01 }
/** In nano-dollars. */
const LIMIT = 10_000

async function worldWith(input: object = {}): Promise<World> {
  const { id: workspaceId, owner } = shared
  const variables = { workspaceId, input: { name: 'Team', ...WHOLE, ...input } }
  const { createBudget: budget } = await owner.client.run<{ createBudget: Shown }>(CREATE, variables)
  const account = (): string => accountOf(workspaceId, budget, harness.clock.now())
  return { workspaceId, client: owner.client, budget, account }
}

function accountOf(workspaceId: string, { id, period }: Shown, at: number): string {
  return namedAccount(workspaceId, budgetAccountName({ id, period: period as BudgetPeriod }, at))
}

async function shown({ client, workspaceId, budget }: World): Promise<Shown> {
  return (await client.run<{ budget: Shown }>(GET, { workspaceId, id: budget.id })).budget
}

/** Records of calls that count in the budget now. */
function spend({ workspaceId, account }: World, charges: readonly number[], batchId?: string): Promise<void> {
  const budgets = [account().slice(workspaceId.length + 1)]
  const records = charges.map((charge) =>
    generationOf(workspaceId, { chargeNanodollars: charge, leaseId: 'lease', budgets, startedAt: harness.clock.now() }),
  )
  return harness.controlPlane.modules.requestLogs.service.ingest(records, batchId)
}

async function sweep({ budget }: World): Promise<void> {
  const { service, readModel } = harness.controlPlane.modules.budgets
  await service.keep((await readModel.listAll()).filter(({ _id }) => _id === budget.id))
}

async function alertsOf({ client, workspaceId, budget }: World, state: 'open' | 'resolved' = 'open') {
  type Nodes = { alerts: { nodes: { kind: string; subject: string; message: string; count: number }[] } }
  const { alerts } = await client.run<Nodes>(ALERTS, { workspaceId, state })
  return alerts.nodes.filter(({ subject }) => subject.startsWith(`${budget.id}:`))
}

const percents = (alerts: readonly { subject: string }[]): (string | undefined)[] =>
  alerts.map(({ subject }) => subject.split(':').at(-1)).toSorted()

test('a new budget is in Redis, for this period and the next, and in the snapshot', async () => {
  const { workspaceId, budget, account } = await worldWith()
  expect(budget).toMatchObject({
    ...WHOLE,
    name: 'Team',
    limitNanodollars: LIMIT,
    alertAtPercent: [50, 80, 100],
    spentNanodollars: 0,
    reservedNanodollars: 0,
    remainingNanodollars: LIMIT,
    state: 'ok',
  })
  const next = accountOf(workspaceId, budget, Date.parse(String(budget['periodEnd'])))
  expect(next).not.toBe(account())
  for (const each of [account(), next]) {
    expect(await credit.read(each)).toMatchObject({ balance: LIMIT, allowance: LIMIT, reserved: 0 })
  }
  const whole = { period: 'monthly', mode: 'hard', limitNanodollars: LIMIT, scope: { type: 'workspace' } }
  const served = await harness.controlPlane.modules.budgets.readModel.forSnapshot(workspaceId)
  expect(served).toEqual([{ id: budget.id, name: 'Team', ...whole }])
  expect((await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)).dirty).toBe(true)
})

test('what is spent and what calls hold is shown, and what is left of the limit', async () => {
  const world = await worldWith()
  const needs = [{ amount: nanodollars(3_000), recall: 0 }]
  const report = { sequence: 1, committed: ZERO, free: ZERO, target: ZERO, unit: ZERO, settlements: [], needs }
  await createCreditLeases(harness.controlPlane.redis, 'lease').sync(world.account(), report, harness.clock.now())
  await spend(world, [1_000], createId())
  expect(await shown(world)).toMatchObject({
    spentNanodollars: 1_000,
    spentUsd: 0.000_001,
    reservedNanodollars: 2_000,
    remainingNanodollars: 7_000,
    remainingUsd: 0.000_007,
  })
  harness.clock.advance(LEASE_MS + 1_000)
  await sweep(world)
  expect(await shown(world)).toMatchObject({ spentNanodollars: 1_000, reservedNanodollars: 0 })
  const { readModel } = harness.controlPlane.modules.reconciliations
  const { nodes } = await readModel.releasedLeases(world.workspaceId, { first: 10, after: null })
  expect(nodes).toMatchObject([{ account: world.account(), amountNanodollars: 2_000, underWayNanodollars: 2_000 }])
})

test('a batch that is ingested twice counts once, with a lease and without, and so do records that come alone', async () => {
  const world = await worldWith({ mode: 'soft' })
  const { workspaceId } = world
  const { requestLogs } = harness.controlPlane.modules
  const budgets = [world.account().slice(workspaceId.length + 1)]
  const batchId = createId()
  const batch = [
    generationOf(workspaceId, { budgets, chargeNanodollars: 300, leaseId: 'lease' }),
    generationOf(workspaceId, { budgets, chargeNanodollars: 200, leaseId: 'lease' }),
    generationOf(workspaceId, { budgets, paidBy: 'workspace-credential', chargeNanodollars: 0, costNanodollars: 70 }),
    generationOf(workspaceId, { chargeNanodollars: 5_000 }),
  ]
  // The process that served them told of what its lease held.
  const settlements = [{ id: batchId, charge: nanodollars(500), leaseId: 'lease' }]
  await credit.settle(world.account(), settlements, harness.clock.now())
  await requestLogs.service.ingest(batch, batchId)
  await requestLogs.service.ingest(batch, batchId)
  expect((await shown(world)).spentNanodollars).toBe(570)
  const alone = generationOf(workspaceId, { budgets, chargeNanodollars: 30 })
  await requestLogs.service.ingest([alone])
  await requestLogs.service.ingest([alone])
  expect(await shown(world)).toMatchObject({ spentNanodollars: 600, remainingNanodollars: LIMIT - 600 })
})

test('each threshold is told once; a higher limit ends what no longer holds, and its passing is told again', async () => {
  const world = await worldWith()
  await spend(world, [8_500])
  expect(percents(await alertsOf(world))).toEqual(['50', '80'])
  await sweep(world)
  harness.clock.advance(2_000)
  await spend(world, [10])
  const open = await alertsOf(world)
  expect(open.map(({ count }) => count)).toEqual([1, 1])
  const [told] = open.filter(({ subject }) => subject.endsWith(':80'))
  expect(told).toMatchObject({ kind: 'budget_threshold' })
  expect(told?.message).toMatch(
    /80 % of the monthly budget "Team" of the workspace .*\$0.0000085 of \$0.00001 .*refused/,
  )

  const raised = { workspaceId: world.workspaceId, id: world.budget.id, input: { limitUsd: 0.000_016 } }
  expect(await world.client.run(UPDATE, raised)).toMatchObject({
    updateBudget: { limitNanodollars: 16_000, remainingNanodollars: 7_490, state: 'alerted' },
  })
  expect(await credit.read(world.account())).toMatchObject({ balance: 7_490, allowance: 16_000 })
  expect(percents(await alertsOf(world))).toEqual(['50'])
  await spend(world, [9_000])
  await sweep(world)
  expect(percents(await alertsOf(world))).toEqual(['100', '50', '80'])
  expect((await shown(world)).state).toBe('exhausted')
})

test('a lower limit holds at once, also below what was spent', async () => {
  const world = await worldWith()
  await spend(world, [6_000])
  const lowered = { workspaceId: world.workspaceId, id: world.budget.id, input: { limitUsd: 0.000_004, mode: 'soft' } }
  await world.client.run(UPDATE, lowered)
  expect(await credit.read(world.account())).toMatchObject({ balance: -2_000, allowance: 4_000 })
  expect(await shown(world)).toMatchObject({ mode: 'soft', name: 'Team', remainingNanodollars: -2_000 })
})

test('budgets that Redis lost are restored exactly, by the sweep, by a batch that comes first, or for a workspace', async () => {
  const world = await worldWith()
  const { redis, modules } = harness.controlPlane
  const batchId = createId()
  await spend(world, [1_000, 200], batchId)
  await spend(world, [30])
  const emptied = async (): Promise<void> => void (await asServer(redis).flushall())
  await emptied()
  expect(await shown(world)).toMatchObject({ spentNanodollars: 1_230, reservedNanodollars: null })
  await sweep(world)
  expect(await credit.read(world.account())).toMatchObject({ balance: LIMIT - 1_230, allowance: LIMIT })
  // Told again by its process, which did not hear that it was kept.
  await credit.settle(world.account(), [{ id: batchId, charge: nanodollars(1_200), leaseId: 'lease' }], 1)
  expect((await credit.read(world.account()))?.balance).toBe(LIMIT - 1_230)

  await emptied()
  await spend(world, [70])
  expect(await credit.read(world.account())).toMatchObject({ balance: LIMIT - 1_300, allowance: LIMIT })
  await emptied()
  const listed = await modules.budgets.readModel.list(world.workspaceId)
  expect(await modules.budgets.service.restoreBudgets(world.workspaceId)).toBe(2 * listed.length)
  expect(await modules.budgets.service.restoreBudgets(world.workspaceId)).toBe(0)
  expect(await credit.read(world.account())).toMatchObject({ balance: LIMIT - 1_300, allowance: LIMIT })
})

test('periods begin with the whole limit while nobody looks, late calls count in theirs, and old accounts are forgotten', async () => {
  const world = await worldWith({ period: 'daily' })
  const { redis } = harness.controlPlane
  const first = world.account()
  await spend(world, [9_000])
  const { client, workspaceId, budget } = world
  harness.clock.advance(24 * 3_600_000)
  // The sweep did not run, and calls find their account.
  expect(world.account()).not.toBe(first)
  expect(await credit.read(world.account())).toMatchObject({ balance: LIMIT, allowance: LIMIT })
  const late = generationOf(workspaceId, { budgets: [first.slice(workspaceId.length + 1)], chargeNanodollars: 500 })
  await harness.controlPlane.modules.requestLogs.service.ingest([late], createId())
  expect((await credit.read(first))?.balance).toBe(500)
  expect((await shown(world)).spentNanodollars).toBe(0)
  await sweep(world)
  expect(await alertsOf(world)).toEqual([])
  expect(percents(await alertsOf(world, 'resolved'))).toEqual(['50', '80'])

  harness.clock.advance(9 * 24 * 3_600_000)
  await sweep(world)
  expect(await redis.exists(balanceKey(first))).toBe(0)
  expect(await credit.read(world.account())).toMatchObject({ balance: LIMIT })
  await client.run(DELETE, { workspaceId, id: budget.id })
  // Calls that are under way are not stranded.
  expect(await redis.exists(balanceKey(world.account()))).toBe(1)
  const last = world.account()
  harness.clock.advance(9 * 24 * 3_600_000)
  await sweep(world)
  expect(await redis.exists(balanceKey(last))).toBe(0)
  expect(await harness.controlPlane.modules.budgets.readModel.listAll()).not.toContainEqual(
    expect.objectContaining({ _id: budget.id }),
  )
})

test('a deleted budget is out of the snapshot and of sight, and its alerts are ended', async () => {
  const world = await worldWith()
  await spend(world, [6_000])
  const which = { workspaceId: world.workspaceId, id: world.budget.id }
  await world.client.run(DELETE, which)
  const ids = (listed: readonly { id: string }[]): string[] => listed.map(({ id }) => id)
  const { budgets } = await world.client.run<{ budgets: Shown[] }>(LIST, which)
  expect(ids(budgets)).not.toContain(world.budget.id)
  const served = await harness.controlPlane.modules.budgets.readModel.forSnapshot(world.workspaceId)
  expect(ids(served)).not.toContain(world.budget.id)
  expect(await alertsOf(world)).toEqual([])
  expect(await world.client.codeOf(DELETE, which)).toBe('budget_not_found')
  expect(await world.client.codeOf(UPDATE, { ...which, input: {} })).toBe('budget_not_found')
})

test('a budget is of a key or an A/B test that is there, says which, and is one of ten', async () => {
  const { id: workspaceId, owner } = shared
  const elsewhere = await harness.workspace()
  const { key } = await harness.controlPlane.modules.keys.service.create(elsewhere.id, {
    name: 'theirs',
    allowedModels: null,
    allowedSurfaces: null,
    expiresAt: null,
    createdBy: 'test',
  })
  const codeOf = async (input: object): Promise<unknown> => {
    const variables = { workspaceId, input: { name: 'x', ...WHOLE, ...input } }
    return (await owner.client.ask(CREATE, variables)).errors[0]?.extensions
  }
  const wrong = 'invalid_budget_scope'
  expect(await codeOf({ scope: 'key' })).toEqual({ code: wrong, field: 'keyId' })
  expect(await codeOf({ scope: 'key', keyId: key._id })).toEqual({ code: wrong, field: 'keyId' })
  expect(await codeOf({ scope: 'workspace', keyId: key._id })).toEqual({ code: wrong, field: 'keyId' })
  expect(await codeOf({ scope: 'ab_test', abTestId: 'none' })).toEqual({ code: wrong, field: 'abTestId' })
  expect(await codeOf({ limitUsd: 0 })).toEqual({ code: 'invalid_input', field: 'limitUsd' })
  expect(await codeOf({ alertAtPercent: [101] })).toEqual({ code: 'invalid_input', field: 'alertAtPercent' })
  const own = { workspaceId: elsewhere.id, input: { name: 'x', ...WHOLE, scope: 'key', keyId: key._id } }
  // There are at most ten of one scope.
  for (let number = 1; number <= 10; number += 1) expect(await elsewhere.owner.client.codeOf(CREATE, own)).toBeNull()
  expect(await elsewhere.owner.client.codeOf(CREATE, own)).toBe('too_many_budgets')
})

test('a viewer sees budgets, an admin makes them, and nobody sees those of another workspace', async () => {
  const { workspaceId, budget } = await worldWith()
  const viewer = await harness.member(workspaceId, 'viewer')
  const developer = await harness.member(workspaceId, 'developer')
  const admin = await harness.member(workspaceId, 'admin')
  const elsewhere = await harness.workspace()
  const which = { workspaceId, id: budget.id }
  const input = { name: 'x', ...WHOLE }
  expect(await viewer.client.codeOf(GET, which)).toBeNull()
  for (const [query, more] of [
    [CREATE, { input }],
    [UPDATE, { input: {} }],
    [DELETE, {}],
  ] as const) {
    expect(await developer.client.codeOf(query, { ...which, ...more })).toBe('forbidden')
  }
  expect(await admin.client.codeOf(UPDATE, { ...which, input: { name: 'Renamed' } })).toBeNull()

  expect(await elsewhere.owner.client.codeOf(LIST, which)).toBe('workspace_not_found')
  const theirs = { workspaceId: elsewhere.id, id: budget.id }
  expect(await elsewhere.owner.client.codeOf(GET, theirs)).toBe('budget_not_found')
  expect(await elsewhere.owner.client.codeOf(UPDATE, { ...theirs, input: {} })).toBe('budget_not_found')
  expect(await elsewhere.owner.client.codeOf(DELETE, theirs)).toBe('budget_not_found')
})

test('while Redis is away no budget is made, and those there are still show what was spent', async () => {
  const world = await worldWith()
  await spend(world, [1_000])
  await harness.services.redis.stop()
  const variables = { workspaceId: world.workspaceId, input: { name: 'x', ...WHOLE } }
  expect(await world.client.codeOf(CREATE, variables)).toBe('unavailable')
  expect(await shown(world)).toMatchObject({ spentNanodollars: 1_000, reservedNanodollars: null })
  await harness.services.redis.start()
})
