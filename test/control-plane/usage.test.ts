import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorkspaceCollection } from '../../control-plane/database/workspace-collection.ts'
import { createDirtyMinutes } from '../../control-plane/modules/usage/dirty-minutes.ts'
import { RolledUpElsewhere } from '../../control-plane/modules/usage/roll-up-leases.ts'
import { createRollupsStore } from '../../control-plane/modules/usage/rollups-store.ts'
import { USAGE_COUNTERS } from '../../control-plane/modules/usage/usage-counters.ts'
import { emptyCell } from '../../control-plane/modules/usage/usage-table.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { createId } from '../../shared/runtime/id.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const HOUR_MS = 3_600_000
/** Yesterday at noon, so that all of it is over and nothing is old. */
const NOON = Math.floor(Date.now() / 86_400_000) * 86_400_000 - HOUR_MS * 12

const QUERY = `query ($w: ID!, $from: DateTimeISO!, $to: DateTimeISO!, $groupBy: [UsageGroup!]! = [], $filter: UsageFilterInput) {
  usage(workspaceId: $w, from: $from, to: $to, groupBy: $groupBy, filter: $filter) {
    from to completeUntil
    rows {
      startsAt keyId keyName model gateway abTestId variantId variantName purpose paidBy
      calls failed truncated cancelled estimatedCalls unknownCostCalls costNanodollars cost chargeNanodollars charge forgivenNanodollars
      usage { uncachedInputTokens cacheReadTokens textOutputTokens reasoningTokens inputTokens outputTokens totalTokens }
      latencyMs { p50 p95 p99 } timeToFirstTokenMs { p50 }
    }
  }
}`

interface Row {
  readonly [field: string]: unknown
  readonly calls: number
  readonly costNanodollars: number
  readonly chargeNanodollars: number
}

interface Report {
  readonly rows: readonly Row[]
  readonly from: string
  readonly to: string
  readonly completeUntil: string
}

type Workspace = Awaited<ReturnType<ControlPlaneHarness['workspace']>>

async function usageOf({ id: w, owner }: Workspace, variables: object = {}): Promise<Report> {
  const range = { from: new Date(NOON - 6 * HOUR_MS), to: new Date(NOON + 6 * HOUR_MS) }
  const { usage } = await owner.client.run<{ usage: Report }>(QUERY, { w, ...range, ...variables })
  return usage
}

const usage = () => harness.controlPlane.modules.usage
const keep = (generations: readonly Generation[]): Promise<void> =>
  harness.controlPlane.modules.requestLogs.service.ingest(generations)

/** Past every pause between two looks at one hour. */
async function rollUp(workspaceId: string): Promise<void> {
  harness.clock.advance(60_000)
  await usage().service.rollUp(workspaceId)
}

/** What must have come to be in the database, without any mark. */
function write(generations: readonly Generation[]): Promise<number> {
  const [model] = harness.controlPlane.modules.requestLogs.models
  if (!model) throw new Error('the records have a model')
  const stored = generations.map(({ id, work: _work, ...fields }) => ({ _id: id, ...fields }))
  return createWorkspaceCollection(model).insertMissing(stored)
}

function dirtyMinutes() {
  const [, dirty] = usage().models
  if (!dirty) throw new Error('the marks have a model')
  return createDirtyMinutes({ minutes: createWorkspaceCollection(dirty as never), clock: harness.clock, createId })
}

test('usage sums up what the records say, however often they are ingested and rolled up', async () => {
  const workspace = await harness.workspace()
  const { id } = workspace
  const exposure = {
    abTestId: 'test',
    variantId: 'variant',
    how: 'allocated',
    unitId: 'u',
    unitSource: 'user',
  } as const
  const calls = [
    generationOf(id, { startedAt: NOON, latencyMs: 100, timeToFirstTokenMs: 40, stream: true }),
    generationOf(id, { startedAt: NOON + 59 * 60_000, model: 'other', costNanodollars: null, chargeNanodollars: 0 }),
    generationOf(id, { startedAt: NOON + HOUR_MS, status: 'truncated', forgivenNanodollars: 7 }),
    generationOf(id, {
      startedAt: NOON + 2 * HOUR_MS,
      keyId: 'second',
      status: 'failed',
      model: null,
      gateway: null,
      usage: null,
      costNanodollars: 0,
      chargeNanodollars: 0,
      paidBy: 'nobody',
      exposure: { ...exposure, propensity: 1, weightsVersion: 1, contaminated: false, definition: null },
    }),
  ]
  await keep(calls)
  await rollUp(id)
  const first = await usageOf(workspace)
  expect(first.rows).toEqual([
    {
      startsAt: null,
      keyId: null,
      keyName: null,
      model: null,
      gateway: null,
      abTestId: null,
      variantId: null,
      variantName: null,
      purpose: null,
      paidBy: null,
      calls: 4,
      failed: 1,
      truncated: 1,
      cancelled: 0,
      estimatedCalls: 0,
      unknownCostCalls: 1,
      costNanodollars: 8_000,
      cost: 0.000008,
      chargeNanodollars: 10_000,
      charge: 0.00001,
      forgivenNanodollars: 7,
      usage: {
        uncachedInputTokens: 30,
        cacheReadTokens: 12,
        textOutputTokens: 15,
        reasoningTokens: 6,
        inputTokens: 42,
        outputTokens: 15,
        totalTokens: 57,
      },
      latencyMs: { p50: expect.closeTo(12.5, 0), p95: expect.closeTo(12.5, 0), p99: expect.closeTo(12.5, 0) },
      timeToFirstTokenMs: { p50: expect.closeTo(40, 0) },
    },
  ])
  const groupBy = ['hour', 'key', 'model', 'gateway', 'variant', 'purpose', 'paid_by']
  const grouped = await usageOf(workspace, { groupBy })
  expect(
    grouped.rows.map(({ startsAt, keyId, model, variantId, abTestId, calls: count }) => [
      startsAt,
      keyId,
      model,
      abTestId,
      variantId,
      count,
    ]),
  ).toEqual([
    [new Date(NOON).toISOString(), 'key', 'sim-fast', null, null, 1],
    [new Date(NOON).toISOString(), 'key', 'other', null, null, 1],
    [new Date(NOON + HOUR_MS).toISOString(), 'key', 'sim-fast', null, null, 1],
    [new Date(NOON + 2 * HOUR_MS).toISOString(), 'second', null, 'test', 'variant', 1],
  ])
  await keep(calls)
  await rollUp(id)
  await rollUp(id)
  expect((await usageOf(workspace)).rows).toEqual(first.rows)
  expect((await usageOf(workspace, { groupBy })).rows).toEqual(grouped.rows)
  const failed = await usageOf(workspace, { filter: { keyId: 'second', paidBy: 'nobody' } })
  expect(failed.rows.map(({ calls: count }) => count)).toEqual([1])
})

test('a record that comes days late is taken up, and until then the answer says so', async () => {
  const workspace = await harness.workspace()
  const startedAt = NOON - 5 * 24 * HOUR_MS
  const range = { from: new Date(startedAt), to: new Date(startedAt + 48 * HOUR_MS), groupBy: ['day'] }
  await keep([generationOf(workspace.id, { startedAt })])
  await rollUp(workspace.id)
  const before = await usageOf(workspace, range)
  expect(before.completeUntil).toBe(before.to)

  await keep([generationOf(workspace.id, { startedAt: startedAt + 10 * 60_000 })])
  const stale = await usageOf(workspace, range)
  expect(stale.rows).toEqual(before.rows)
  expect(stale.completeUntil).toBe(new Date(startedAt + 10 * 60_000).toISOString())

  await rollUp(workspace.id)
  const after = await usageOf(workspace, range)
  expect(after.rows.map(({ calls }) => calls)).toEqual([2])
  expect(after.completeUntil).toBe(after.to)
})

test('a busy hour is merged from its minutes, and one more call has only its minute read again', async () => {
  const workspace = await harness.workspace()
  const { id } = workspace
  const calls = Array.from({ length: 1_100 }, (_none, place) =>
    generationOf(id, { startedAt: NOON + (place % 10) * 60_000 + place, latencyMs: 1 + place, chargeNanodollars: 0 }),
  )
  await write(calls)
  const sayWritten = await usage().service.announce(calls)
  await sayWritten()
  await rollUp(id)
  const groupBy = ['hour', 'model']
  const [row] = (await usageOf(workspace, { groupBy })).rows
  expect(row).toMatchObject({ calls: 1_100, costNanodollars: 1_100 * 4_000 })
  expect(row?.['latencyMs']).toMatchObject({ p50: expect.closeTo(550, -2), p95: expect.closeTo(1_045, -2) })

  // A record without a mark, in another minute than the next one: who reads only the marked minute does not see it.
  await write([generationOf(id, { startedAt: NOON + 60_000, chargeNanodollars: 0 })])
  await keep([generationOf(id, { startedAt: NOON + 5 * 60_000, chargeNanodollars: 0 })])
  await rollUp(id)
  expect((await usageOf(workspace, { groupBy })).rows.map((each) => each.calls)).toEqual([1_101])
  const day = await usageOf(workspace, { groupBy: ['month'] })
  expect(day.rows.map((each) => each.calls)).toEqual([1_101])
})

test('rows of calls that are no more are gone after the next look', async () => {
  const workspace = await harness.workspace()
  const gone = generationOf(workspace.id, { startedAt: NOON, model: 'gone' })
  await keep([gone, generationOf(workspace.id, { startedAt: NOON })])
  await rollUp(workspace.id)
  const [model] = harness.controlPlane.modules.requestLogs.models
  await model?.deleteOne({ _id: gone.id, workspaceId: workspace.id }).exec()
  await keep([generationOf(workspace.id, { startedAt: NOON })])
  await rollUp(workspace.id)
  const { rows } = await usageOf(workspace, { groupBy: ['model'] })
  expect(rows.map(({ model: name, calls }) => [name, calls])).toEqual([['sim-fast', 2]])
})

test('a mark that is set while its minute is rolled up stays', async () => {
  const { id } = await harness.workspace()
  const dirty = dirtyMinutes()
  const call = { workspaceId: id, startedAt: NOON }
  const sayWritten = await dirty.announce([call])
  await sayWritten()
  const seen = await dirty.list(id, 10)
  const sayWrittenMeanwhile = await dirty.announce([call])
  await sayWrittenMeanwhile()
  await dirty.clear(id, seen)
  const left = await dirty.list(id, 10)
  expect(left).toHaveLength(1)
  await dirty.clear(id, left)
  expect(await dirty.list(id, 10)).toEqual([])
  expect(await dirty.dirtyWorkspaces([id])).toEqual([])
})

test('records of a writer that died before it could say so are counted a minute later', async () => {
  const workspace = await harness.workspace()
  const call = generationOf(workspace.id, { startedAt: NOON })
  const another = generationOf(workspace.id, { startedAt: NOON + 1 })
  await usage().service.announce([call])
  await keep([another])
  await usage().service.rollUp(workspace.id)
  await write([call])
  await usage().service.rollUp(workspace.id)
  expect((await usageOf(workspace)).rows.map(({ calls }) => calls)).toEqual([1])
  await rollUp(workspace.id)
  expect((await usageOf(workspace)).rows.map(({ calls }) => calls)).toEqual([2])
  expect(await usage().service.dirtyWorkspaces([workspace.id])).toEqual([])
})

test('workers that roll up at once come to what one comes to, and one that was overtaken writes no more', async () => {
  const workspace = await harness.workspace()
  await keep(
    Array.from({ length: 20 }, (_none, place) => generationOf(workspace.id, { startedAt: NOON + place * HOUR_MS })),
  )
  harness.clock.advance(60_000)
  await Promise.all(Array.from({ length: 4 }, () => usage().service.rollUp(workspace.id)))
  await rollUp(workspace.id)
  const range = { to: new Date(NOON + 48 * HOUR_MS) }
  expect((await usageOf(workspace, range)).rows.map(({ calls }) => calls)).toEqual([20])

  const [rollups] = usage().models
  const store = createRollupsStore({
    rollups: createWorkspaceCollection(rollups as never),
    clock: harness.clock,
    createId,
  })
  const overtaken = { workspaceId: workspace.id, epoch: 0 }
  const stale = {
    level: 'hour',
    startsAt: NOON,
    cells: [emptyCell(null, ['a', 'b', 'c', null, null, 'live', 'nobody'])],
  } as const
  await expect(store.write(overtaken, { ...stale, fromMinutes: false })).rejects.toThrow(RolledUpElsewhere)
  expect((await usageOf(workspace, range)).rows.map(({ calls }) => calls)).toEqual([20])
})

test('a rollup of more cells than a document holds is read whole', async () => {
  const { id } = await harness.workspace()
  const [rollups] = usage().models
  const store = createRollupsStore({
    rollups: createWorkspaceCollection(rollups as never),
    clock: harness.clock,
    createId,
  })
  const cells = Array.from({ length: 2_500 }, (_none, place) => ({
    ...emptyCell(null, [`key ${place}`, null, null, null, null, 'live', 'credits']),
    totals: USAGE_COUNTERS.map(() => 1),
  }))
  const slot = { level: 'hour', startsAt: NOON, fromMinutes: false } as const
  const read = () =>
    usage()
      .readModel.sums(id, { from: NOON, to: NOON + HOUR_MS, groupBy: ['keyId'] })
      .then(({ rows }) => rows.length)
  await store.write({ workspaceId: id, epoch: 1 }, { ...slot, cells })
  expect(await read()).toBe(2_500)
  await store.write({ workspaceId: id, epoch: 2 }, { ...slot, cells: cells.slice(0, 1_200) })
  expect(await read()).toBe(1_200)
  await store.write({ workspaceId: id, epoch: 2 }, { ...slot, cells: [] })
  expect(await read()).toBe(0)
})

test('usage is for members of the workspace alone, and of their own workspace alone', async () => {
  const [workspace, other] = [await harness.workspace(), await harness.workspace()]
  const viewer = await harness.member(workspace.id, 'viewer')
  await keep([generationOf(workspace.id, { startedAt: NOON }), generationOf(other.id, { startedAt: NOON })])
  await Promise.all([rollUp(workspace.id), rollUp(other.id)])
  const seen = await usageOf({ id: workspace.id, owner: viewer })
  expect(seen.rows.map(({ calls }) => calls)).toEqual([1])
  const range = { from: new Date(NOON), to: new Date(NOON + 1) }
  expect(await viewer.client.codeOf(QUERY, { w: other.id, ...range })).toBe('workspace_not_found')
})

test('a range that is too long or the wrong way round is refused with a sentence that says the bound', async () => {
  const { id: w, owner } = await harness.workspace()
  const ask = (days: number, groupBy: string[]) =>
    owner.client.codeOf(QUERY, { w, from: new Date(NOON), to: new Date(NOON + days * 24 * HOUR_MS), groupBy })
  expect(await ask(-1, [])).toBe('usage_range_invalid')
  expect(await ask(401, ['day'])).toBe('usage_range_invalid')
  expect(await ask(32, ['hour', 'day'])).toBe('usage_range_invalid')
  expect(await ask(400, ['day'])).toBeNull()
  expect(await ask(31, ['hour'])).toBeNull()
})

test('workers roll up what was ingested within seconds', async () => {
  const workspace = await harness.workspace()
  await harness.startWorkers()
  await keep([generationOf(workspace.id, { startedAt: NOON })])
  await waitUntil(async () => (await usageOf(workspace)).rows[0]?.calls === 1, { what: 'the usage' })
})
