import { afterAll, beforeAll, expect, test } from 'vitest'
import { learnQualityJob } from '../../control-plane/workers/learn-quality.job.ts'
import { createRoundPlaces, createRunRound } from '../../control-plane/workers/rounds.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import type { WorkspaceSnapshot } from '../../shared/snapshot/snapshot-schema.ts'
import { startCellServer, type CellServer } from '../helpers/cell-server.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { createMetric, evaluatedCall, evaluatedTest, type EvaluatedTest } from '../helpers/evaluated-calls.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let harness: ControlPlaneHarness
let dataPlane: CellServer
beforeAll(async () => {
  dataPlane = await startCellServer()
  harness = await startControlPlane({ DATA_PLANE_URL: dataPlane.url })
  await harness.controlPlane.modules.catalog.service.seed({ withSimulator: true })
})
afterAll(async () => {
  await harness.close()
  await dataPlane.close()
})

const KNOWN = `query ($workspaceId: ID!, $modelId: String) {
  routingQuality(workspaceId: $workspaceId, modelId: $modelId) {
    enabled learnedAt
    models {
      modelId taskClass assumed measured count expected
      findings { source sourceId metricId metricName mean count }
    }
  }
}`
const SET = `mutation ($workspaceId: ID!, $learnFromScores: Boolean) {
  updateWorkspaceRouting(workspaceId: $workspaceId, input: { learnFromScores: $learnFromScores }) { id }
}`

interface Known {
  readonly routingQuality: {
    readonly enabled: boolean
    readonly learnedAt: string | null
    readonly models: readonly {
      readonly modelId: string
      readonly taskClass: string
      readonly assumed: number
      readonly measured: number
      readonly expected: number
      readonly count: number
      readonly findings: readonly object[]
    }[]
  }
}

const known = async ({ workspaceId, owner }: EvaluatedTest, modelId?: string): Promise<Known['routingQuality']> =>
  (await owner.client.run<Known>(KNOWN, { workspaceId, modelId })).routingQuality

const learn = ({ workspaceId }: EvaluatedTest) => harness.controlPlane.modules.routingQuality.service.learn(workspaceId)

/** What data planes are served, once it is published. */
async function served({ workspaceId }: EvaluatedTest): Promise<WorkspaceSnapshot> {
  await harness.controlPlane.publishSnapshot(workspaceId)
  const { content } = await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)
  return content as WorkspaceSnapshot
}

interface Dealt {
  readonly how?: 'allocated' | 'production' | 'requested'
  readonly contaminated?: boolean
}

/** An answer of a model that chance was to choose; right or wrong. */
function answer(world: EvaluatedTest, model: string, isRight: boolean, dealt: Dealt = {}): Generation {
  const call = evaluatedCall(world, { text: isRight ? 'Paris' : 'Rome', variantId: `variant-${model}` }, { model })
  if (!call.exposure) throw new Error('it is of a test')
  return { ...call, exposure: { ...call.exposure, how: 'allocated', ...dealt } }
}

async function score(calls: readonly Generation[]): Promise<void> {
  const { requestLogs, evaluations } = harness.controlPlane.modules
  await requestLogs.service.ingest(calls)
  for (const { workspaceId, id } of calls) await evaluations.service.evaluateGeneration(workspaceId, id)
}

const times = <Thing>(count: number, make: () => Thing): Thing[] => Array.from({ length: count }, make)

test('what chance dealt out and metrics scored is in the snapshot that data planes are served, and what else was scored is not', async () => {
  const world = await evaluatedTest(harness)
  expect(await learn(world)).toBe('unchanged')
  expect(await served(world)).not.toHaveProperty('quality')
  const metricId = await createMetric(world, { kind: 'exact-match', name: 'right' })
  await createMetric(world, { kind: 'empty', name: 'nothing_said', direction: 'lower' })
  await score([
    ...times(18, () => answer(world, 'sim-fast', true)),
    ...times(2, () => answer(world, 'sim-fast', false)),
    ...times(4, () => answer(world, 'sim-smart', true)),
    ...times(16, () => answer(world, 'sim-smart', false)),
    ...times(5, () => answer(world, 'sim-smart', true, { how: 'requested' })),
    ...times(5, () => answer(world, 'sim-smart', true, { how: 'production' })),
    ...times(5, () => answer(world, 'sim-smart', true, { contaminated: true })),
  ])

  expect(await learn(world)).toBe('told')
  const [fast, smart] = (await known(world)).models
  expect(fast).toMatchObject({ modelId: 'sim-fast', taskClass: 'general', assumed: 0.73, count: 20 })
  expect(smart).toMatchObject({ modelId: 'sim-smart', taskClass: 'general', assumed: 0.86, count: 20 })
  expect(smart?.findings).toEqual([
    { source: 'ab_test', sourceId: world.abTestId, metricId, metricName: 'right', mean: 0.2, count: 20 },
  ])
  expect(fast?.measured).toBeGreaterThan(0.9)
  // (15 × assumed + 20 × measured) ÷ 35.
  expect(fast?.expected).toBeCloseTo((15 * 0.73 + 20 * (fast?.measured ?? 0)) / 35, 6)
  expect(smart?.expected).toBeLessThan(fast?.expected ?? 0)
  expect((await known(world, 'sim-fast')).models).toEqual([fast])

  const { quality } = await served(world)
  expect(quality).toEqual({
    scores: [fast, smart].map((each) => ({
      modelId: each?.modelId,
      taskClass: 'general',
      mean: each?.measured,
      count: 20,
    })),
    promptModel: null,
  })
})

test('data planes are told again only of what makes a difference', async () => {
  const world = await evaluatedTest(harness)
  await createMetric(world, { kind: 'exact-match', name: 'right' })
  const both = (count: number) =>
    times(count, () => [answer(world, 'sim-fast', true), answer(world, 'sim-smart', false)]).flat()
  await score(both(20))
  expect(await learn(world)).toBe('told')
  const { learnedAt } = await known(world)
  expect(await learn(world)).toBe('unchanged')
  await score(both(2))
  expect(await learn(world)).toBe('unchanged')
  expect((await known(world)).learnedAt).toBe(learnedAt)
  await score(both(10))
  expect(await learn(world)).toBe('told')
  expect((await known(world, 'sim-fast')).models).toMatchObject([{ count: 32 }])
})

test('where a workspace does not want it nothing is learned or served, until it is wanted again', async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId, owner } = world
  await createMetric(world, { kind: 'exact-match', name: 'right' })
  await score([
    ...times(8, () => answer(world, 'sim-fast', true)),
    ...times(8, () => answer(world, 'sim-smart', false)),
  ])
  await learn(world)
  expect(await served(world)).toHaveProperty('quality')
  await owner.client.run(SET, { workspaceId, learnFromScores: false })
  expect(await served(world)).not.toHaveProperty('quality')
  expect((await known(world)).enabled).toBe(false)
  expect(await learn(world)).toBe('off')
  await owner.client.run(SET, { workspaceId, learnFromScores: null })
  expect(await served(world)).toHaveProperty('quality')
})

test('a worker learns for every workspace, and the trouble of one keeps no other waiting', async () => {
  const world = await evaluatedTest(harness)
  await createMetric(world, { kind: 'exact-match', name: 'right' })
  await score([
    ...times(8, () => answer(world, 'sim-fast', true)),
    ...times(8, () => answer(world, 'sim-smart', false)),
  ])
  const { service } = harness.controlPlane.modules.routingQuality
  const routingQuality = {
    async learn(workspaceId: string) {
      if (workspaceId === 'broken') throw new Error('it is broken')
      return service.learn(workspaceId)
    },
  }
  const listWorkspaceIds = async (): Promise<string[]> => ['broken', world.workspaceId]
  const { redis, logger } = harness.controlPlane
  const runRound = createRunRound({ places: createRoundPlaces(redis), clock: systemClock, logger })
  await learnQualityJob({ routingQuality, listWorkspaceIds, runRound }).handler({}, { ageMs: 0, isLastAttempt: true })
  expect((await known(world)).models).toHaveLength(2)
})

test('callers’ own values count where their range is said, by the class of the prompt that was scored', async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId, abTestId } = world
  await createMetric(world, { kind: 'custom', name: 'custom_vague' })
  await createMetric(world, { kind: 'custom', name: 'custom_stars', settings: { lowest: 1, highest: 5 } })
  const messages = [{ role: 'user', content: 'Fix it:\n```js\nlet x = {\n```' }]
  const coding = (model: string): Generation => {
    const call = answer(world, model, true)
    return { ...call, work: call.work && { ...call.work, messages } }
  }
  const calls = [...times(6, () => coding('sim-fast')), ...times(6, () => coding('sim-smart'))]
  await score(calls)
  const { recordScore } = harness.controlPlane.modules.evaluations.service
  for (const { id: generationId, model } of calls) {
    const value = model === 'sim-fast' ? 5 : 2
    await recordScore.custom(workspaceId, { abTestId, generationId, metricName: 'custom_vague', value: 1 })
    await recordScore.custom(workspaceId, { abTestId, generationId, metricName: 'custom_stars', value })
  }
  await learn(world)
  expect((await known(world)).models).toMatchObject([
    { modelId: 'sim-fast', taskClass: 'coding', count: 6, findings: [{ metricName: 'custom_stars', mean: 1 }] },
    { modelId: 'sim-smart', taskClass: 'coding', count: 6, findings: [{ metricName: 'custom_stars', mean: 0.25 }] },
  ])
})

test('a completed run of a benchmark teaches as well', async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId, abTestId, owner } = world
  const { abTests, benchmarks, requestLogs } = harness.controlPlane.modules
  const metricId = await createMetric(world, { kind: 'exact-match', name: 'right' })
  const make = async (model: string): Promise<string> => {
    const identity = { gateway: 'simulator', model, systemPrompt: null, parameters: {} } as const
    const definition = { type: 'model', ...identity } as const
    return (await abTests.service.createVariant({ workspaceId, abTestId, name: null, definition, createdBy: owner.id }))
      ._id
  }
  const [fast, smart] = [await make('sim-fast'), await make('sim-smart')]
  const settings = { name: 'Capitals', abTestId, collectsCallers: false, redact: false, createdBy: owner.id }
  const { _id: benchmarkId } = await benchmarks.service.benchmarks.create(workspaceId, settings)
  const rows = ['One', 'Two', 'Three'].map((content) => ({
    messages: [{ role: 'user', content }],
    expected_output: 'Paris',
  }))
  const stream = (async function* () {
    yield Buffer.from(JSON.stringify(rows))
  })()
  await benchmarks.service.addUpload(workspaceId, { benchmarkId, stream, format: 'json' })
  dataPlane.serve({
    reply: ({ variantId }) =>
      variantId === fast
        ? { type: 'answer', text: 'Paris', record: { model: 'sim-fast' } }
        : { type: 'answer', text: 'Rome', record: { model: 'sim-smart' } },
    ingest: (record) => requestLogs.service.ingest([{ ...record, workspaceId }]),
  })
  await harness.startWorkers()
  const START = `mutation ($workspaceId: ID!, $input: StartRunInput!) {
    startBenchmarkRun(workspaceId: $workspaceId, input: $input) { id }
  }`
  const variables = { workspaceId, input: { benchmarkId, variantIds: [fast, smart], metricIds: [metricId] } }
  const { startBenchmarkRun: run } = await owner.client.run<{ startBenchmarkRun: { id: string } }>(START, variables)
  await waitUntil(async () => (await benchmarks.readModel.run(workspaceId, run.id)).state === 'completed', {
    limitMs: 12_000,
    what: 'a completed run',
  })
  await learn(world)
  expect((await known(world)).models).toMatchObject([
    { modelId: 'sim-fast', count: 3, findings: [{ source: 'benchmark_run', sourceId: run.id, mean: 1, count: 3 }] },
    { modelId: 'sim-smart', count: 3, findings: [{ source: 'benchmark_run', sourceId: run.id, mean: 0, count: 3 }] },
  ])
}, 20_000)
