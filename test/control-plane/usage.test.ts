import { afterAll, beforeAll, expect, test } from 'vitest'
import { RolledUpElsewhere } from '../../control-plane/modules/usage/roll-up-leases.ts'
import { USAGE_COUNTERS } from '../../control-plane/modules/usage/usage-counters.ts'
import { rollUpUsageJob } from '../../control-plane/workers/roll-up-usage.job.ts'
import { createRoundPlaces, createRunRound } from '../../control-plane/workers/rounds.ts'
import { emptyCell } from '../../control-plane/modules/usage/usage-table.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { generationOf, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { createUsageWorld, HOUR_MS, NOON, USAGE_QUERY } from '../helpers/usage-world.ts'

let harness: ControlPlaneHarness
let world: ReturnType<typeof createUsageWorld>
beforeAll(async () => {
  harness = await startControlPlane()
  world = createUsageWorld(harness)
})
afterAll(() => harness.close())

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
  await world.keep(calls)
  await world.rollUp(id)
  const first = await world.usageOf(workspace)
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
  const grouped = await world.usageOf(workspace, { groupBy })
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
  await world.keep(calls)
  await world.rollUp(id)
  await world.rollUp(id)
  expect((await world.usageOf(workspace)).rows).toEqual(first.rows)
  expect((await world.usageOf(workspace, { groupBy })).rows).toEqual(grouped.rows)
  const failed = await world.usageOf(workspace, { filter: { keyId: 'second', paidBy: 'nobody' } })
  expect(failed.rows.map(({ calls: count }) => count)).toEqual([1])
})

test('a record that comes days late is taken up, and until then the answer says so', async () => {
  const workspace = await harness.workspace()
  const startedAt = NOON - 5 * 24 * HOUR_MS
  const range = { from: new Date(startedAt), to: new Date(startedAt + 48 * HOUR_MS), groupBy: ['day'] }
  await world.keep([generationOf(workspace.id, { startedAt })])
  await world.rollUp(workspace.id)
  const before = await world.usageOf(workspace, range)
  expect(before.completeUntil).toBe(before.to)

  await world.keep([generationOf(workspace.id, { startedAt: startedAt + 10 * 60_000 })])
  const stale = await world.usageOf(workspace, range)
  expect(stale.rows).toEqual(before.rows)
  expect(stale.completeUntil).toBe(new Date(startedAt + 10 * 60_000).toISOString())

  await world.rollUp(workspace.id)
  const after = await world.usageOf(workspace, range)
  expect(after.rows.map(({ calls }) => calls)).toEqual([2])
  expect(after.completeUntil).toBe(after.to)
})

test('a busy hour is merged from its minutes, and one more call has only its minute read again', async () => {
  const workspace = await harness.workspace()
  const { id } = workspace
  const calls = Array.from({ length: 1_100 }, (_none, place) =>
    generationOf(id, { startedAt: NOON + (place % 10) * 60_000 + place, latencyMs: 1 + place, chargeNanodollars: 0 }),
  )
  await world.write(calls)
  const sayWritten = await world.service.announce(calls)
  await sayWritten()
  await world.rollUp(id)
  const groupBy = ['hour', 'model']
  const [row] = (await world.usageOf(workspace, { groupBy })).rows
  expect(row).toMatchObject({ calls: 1_100, costNanodollars: 1_100 * 4_000 })
  expect(row?.['latencyMs']).toMatchObject({ p50: expect.closeTo(550, -2), p95: expect.closeTo(1_045, -2) })

  // A record without a mark, in another minute than the next one: who reads only the marked minute does not see it.
  await world.write([generationOf(id, { startedAt: NOON + 60_000, chargeNanodollars: 0 })])
  await world.keep([generationOf(id, { startedAt: NOON + 5 * 60_000, chargeNanodollars: 0 })])
  await world.rollUp(id)
  expect((await world.usageOf(workspace, { groupBy })).rows.map((each) => each.calls)).toEqual([1_101])
  const day = await world.usageOf(workspace, { groupBy: ['month'] })
  expect(day.rows.map((each) => each.calls)).toEqual([1_101])
})

test('rows of calls that are no more are gone after the next look', async () => {
  const workspace = await harness.workspace()
  const gone = generationOf(workspace.id, { startedAt: NOON, model: 'gone' })
  await world.keep([gone, generationOf(workspace.id, { startedAt: NOON })])
  await world.rollUp(workspace.id)
  await world.forget(gone)
  await world.keep([generationOf(workspace.id, { startedAt: NOON })])
  await world.rollUp(workspace.id)
  const { rows } = await world.usageOf(workspace, { groupBy: ['model'] })
  expect(rows.map(({ model: name, calls }) => [name, calls])).toEqual([['sim-fast', 2]])
})

test('a mark that is set while its minute is rolled up stays', async () => {
  const { id } = await harness.workspace()
  const { dirty } = world
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
  await world.service.announce([call])
  await world.keep([another])
  await world.service.rollUp(workspace.id)
  await world.write([call])
  await world.service.rollUp(workspace.id)
  expect((await world.usageOf(workspace)).rows.map(({ calls }) => calls)).toEqual([1])
  await world.rollUp(workspace.id)
  expect((await world.usageOf(workspace)).rows.map(({ calls }) => calls)).toEqual([2])
  expect(await world.service.dirtyWorkspaces([workspace.id])).toEqual([])
})

test('workers that roll up at once come to what one comes to, and one that was overtaken writes no more', async () => {
  const workspace = await harness.workspace()
  await world.keep(
    Array.from({ length: 20 }, (_none, place) => generationOf(workspace.id, { startedAt: NOON + place * HOUR_MS })),
  )
  harness.clock.advance(60_000)
  await Promise.all(Array.from({ length: 4 }, () => world.service.rollUp(workspace.id)))
  await world.rollUp(workspace.id)
  const range = { to: new Date(NOON + 48 * HOUR_MS) }
  expect((await world.usageOf(workspace, range)).rows.map(({ calls }) => calls)).toEqual([20])

  const { store } = world
  const overtaken = { workspaceId: workspace.id, epoch: 0 }
  const stale = {
    level: 'hour',
    startsAt: NOON,
    cells: [emptyCell(null, ['a', 'b', 'c', null, null, 'live', 'nobody'])],
  } as const
  await expect(store.write(overtaken, { ...stale, fromMinutes: false })).rejects.toThrow(RolledUpElsewhere)
  expect((await world.usageOf(workspace, range)).rows.map(({ calls }) => calls)).toEqual([20])
})

test('a rollup of more cells than a document holds is read whole', async () => {
  const { id } = await harness.workspace()
  const { store } = world
  const cells = Array.from({ length: 2_500 }, (_none, place) => ({
    ...emptyCell(null, [`key ${place}`, null, null, null, null, 'live', 'credits']),
    totals: USAGE_COUNTERS.map(() => 1),
  }))
  const slot = { level: 'hour', startsAt: NOON, fromMinutes: false } as const
  const read = async (): Promise<number> =>
    (await world.readModel.sums(id, { from: NOON, to: NOON + HOUR_MS, groupBy: ['keyId'] })).rows.length
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
  await world.keep([generationOf(workspace.id, { startedAt: NOON }), generationOf(other.id, { startedAt: NOON })])
  await Promise.all([world.rollUp(workspace.id), world.rollUp(other.id)])
  const seen = await world.usageOf({ id: workspace.id, owner: viewer })
  expect(seen.rows.map(({ calls }) => calls)).toEqual([1])
  const range = { from: new Date(NOON), to: new Date(NOON + 1) }
  expect(await viewer.client.codeOf(USAGE_QUERY, { w: other.id, ...range })).toBe('workspace_not_found')
})

test('a range that is too long or the wrong way round is refused with a sentence that says the bound', async () => {
  const { id: w, owner } = await harness.workspace()
  const ask = (days: number, groupBy: string[]) =>
    owner.client.codeOf(USAGE_QUERY, { w, from: new Date(NOON), to: new Date(NOON + days * 24 * HOUR_MS), groupBy })
  expect(await ask(-1, [])).toBe('usage_range_invalid')
  expect(await ask(401, ['day'])).toBe('usage_range_invalid')
  expect(await ask(32, ['hour', 'day'])).toBe('usage_range_invalid')
  expect(await ask(400, ['day'])).toBeNull()
  expect(await ask(31, ['hour'])).toBeNull()
})

test("the job rolls up every workspace that has something to roll up, whatever becomes of another's", async () => {
  const [workspace, other] = [await harness.workspace(), await harness.workspace()]
  await world.keep([workspace, other].map(({ id }) => generationOf(id, { startedAt: NOON })))
  const { service } = world
  const rollUp = async (id: string): Promise<void> => {
    if (id === other.id) throw new Error('the trouble of one')
    await service.rollUp(id)
  }
  const listWorkspaceIds = async (): Promise<string[]> => [other.id, workspace.id]
  const { redis, logger } = harness.controlPlane
  const runRound = createRunRound({ places: createRoundPlaces(redis), clock: systemClock, logger })
  const job = rollUpUsageJob({ usage: { ...service, rollUp }, listWorkspaceIds, runRound })
  await job.handler({}, { ageMs: 0, isLastAttempt: false })
  expect((await world.usageOf(workspace)).rows.map(({ calls }) => calls)).toEqual([1])
  expect(await service.dirtyWorkspaces([workspace.id, other.id])).toEqual([other.id])
})
