import { QueueEvents, Queue } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordScoreQueue, type ScoreOutcome } from '../../shared/queues/record-score.queue.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { connectRedis, type Redis } from '../../shared/redis/connect.ts'
import { QUEUE_PREFIX } from '../../shared/redis/keys.ts'
import { createId } from '../../shared/runtime/id.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import {
  CREATE_METRIC,
  createMetric,
  evaluatedCall,
  evaluatedTest,
  scoresOf,
  type EvaluatedTest,
} from '../helpers/evaluated-calls.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let harness: ControlPlaneHarness
let redis: Redis
let queue: Queue
let events: QueueEvents

beforeAll(async () => {
  harness = await startControlPlane()
  redis = connectRedis({ url: harness.services.redisUrl, name: 'data-plane', mode: 'patient' })
  redis.on('error', () => undefined)
  const options = { connection: redis, prefix: QUEUE_PREFIX, skipVersionCheck: true }
  queue = new Queue(recordScoreQueue.name, options)
  events = new QueueEvents(recordScoreQueue.name, options)
  await events.waitUntilReady()
  await harness.startWorkers()
})
afterAll(async () => {
  await events.close()
  await queue.close()
  redis.disconnect()
  await harness.close()
})

async function ingest(...generations: Generation[]): Promise<void> {
  await harness.controlPlane.modules.requestLogs.service.ingest(generations)
}

/** Sends a caller's score, as the data plane does, and gives the worker's word. */
async function sendScore(
  { workspaceId, abTestId }: EvaluatedTest,
  score: { generationId: string; metricName: string; value: number },
): Promise<ScoreOutcome> {
  const payload = { workspaceId, abTestId, ...score }
  const job = await queue.add(recordScoreQueue.name, payload, recordScoreQueue.jobOptions)
  return (await job.waitUntilFinished(events, 10_000)) as ScoreOutcome
}

test.each([
  [{ kind: 'no-such-kind', name: 'x' }, 'kind'],
  [{ kind: 'custom', name: 'eslint_errors' }, 'name'],
  [{ kind: 'exact-match', name: 'custom_exact' }, 'name'],
  [{ kind: 'exact-match', name: 'Exact!' }, 'name'],
  [{ kind: 'exact-match', name: 'cost' }, 'name'],
  [{ kind: 'exact-match', name: 'exact', samplingRate: 1.5 }, 'samplingRate'],
  [{ kind: 'exact-match', name: 'exact', settings: { nonsense: true } }, 'settings.nonsense'],
  [{ kind: 'custom', name: 'custom_x', settings: { any: 1 } }, 'settings'],
  [{ kind: 'judge-rubric', name: 'tone', settings: { criterion: 'Politeness' } }, 'judgeModel'],
  [{ kind: 'judge-rubric', name: 'tone', settings: {}, judgeModel: 'openai:gpt-4o' }, 'settings.criterion'],
  [{ kind: 'judge-binary', name: 'right', judgeModel: 'gpt-4o' }, 'judgeModel'],
  [{ kind: 'embedding-similarity', name: 'near' }, 'embeddingModel'],
  [{ kind: 'exact-match', name: 'exact', judgeModel: 'openai:gpt-4o' }, 'judgeModel'],
])('a metric that cannot be is refused with its path: %o at %s', async (input, path) => {
  const world = await evaluatedTest(harness)
  const variables = { workspaceId: world.workspaceId, input: { abTestId: world.abTestId, ...input } }
  const { errors } = await world.owner.client.ask(CREATE_METRIC, variables)
  expect(errors[0]?.extensions).toMatchObject({ code: 'metric_invalid', field: path })
})

test('a metric of another workspace, or of no A/B test, is not made', async () => {
  const world = await evaluatedTest(harness)
  const other = await evaluatedTest(harness)
  const input = { abTestId: other.abTestId, kind: 'exact-match', name: 'exact' }
  const { workspaceId, owner } = world
  expect(await owner.client.codeOf(CREATE_METRIC, { workspaceId, input })).toMatch(/not_found/)
})

test('a test has one metric of each name, and the name of an archived one is free', async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId, abTestId, owner } = world
  const id = await createMetric(world, { kind: 'exact-match', name: 'right' })
  const input = { abTestId, kind: 'normalized-match', name: 'right' }
  expect(await owner.client.codeOf(CREATE_METRIC, { workspaceId, input: { ...input, kind: 'exact-match' } })).toBe(
    'metric_name_taken',
  )
  const archive = `mutation ($workspaceId: ID!, $id: ID!) { archiveMetric(workspaceId: $workspaceId, id: $id) { archivedAt } }`
  const first = await owner.client.run(archive, { workspaceId, id })
  expect(await owner.client.run(archive, { workspaceId, id })).toEqual(first)
  await createMetric(world, { kind: 'exact-match', name: 'right' })
})

test('answers are scored by every metric that asks nobody, and again changes nothing', async () => {
  const world = await evaluatedTest(harness)
  await createMetric(world, { kind: 'exact-match', name: 'right' })
  await createMetric(world, { kind: 'levenshtein', name: 'near' })
  await createMetric(world, { kind: 'exact-match', name: 'unused', enabled: false })
  const [right, wrong] = [evaluatedCall(world), evaluatedCall(world, { text: 'Parma', variantId: 'variant-b' })]
  await ingest(right, wrong)
  await waitUntil(async () => (await scoresOf(world)).length === 4)
  await ingest(right, wrong)
  const scores = await scoresOf(world)
  const values = scores.map(({ generationId, variantId, metricName, value, source }) =>
    [generationId, variantId, metricName, value, source].join(' '),
  )
  expect(values.toSorted()).toEqual(
    [
      `${right.id} variant-a near 1 evaluator`,
      `${right.id} variant-a right 1 evaluator`,
      `${wrong.id} variant-b near 0.6 evaluator`,
      `${wrong.id} variant-b right 0 evaluator`,
    ].toSorted(),
  )
})

test('what an answer cannot be scored for has no score, and nobody scores what is not live traffic', async () => {
  const world = await evaluatedTest(harness)
  await createMetric(world, { kind: 'exact-match', name: 'right' })
  await createMetric(world, { kind: 'empty', name: 'nothing_said', direction: 'lower' })
  const withoutExpected = evaluatedCall(world, { expectedOutput: null })
  const [judgement, benchmark] = (['evaluation', 'benchmark'] as const).map((purpose) =>
    evaluatedCall(world, {}, { purpose }),
  )
  if (!judgement || !benchmark) throw new Error('there are two')
  await ingest(judgement, benchmark, evaluatedCall(world, {}, { status: 'cancelled' }), withoutExpected)
  await waitUntil(async () => (await scoresOf(world)).length > 0)
  expect(await scoresOf(world)).toMatchObject([{ generationId: withoutExpected.id, metricName: 'nothing_said' }])
})

test('a sampled metric looks at the same share of answers whoever asks, and no content stays in the records', async () => {
  const world = await evaluatedTest(harness)
  await createMetric(world, { kind: 'exact-match', name: 'all' })
  await createMetric(world, { kind: 'exact-match', name: 'some', samplingRate: 0.25 })
  const calls = Array.from({ length: 400 }, () => evaluatedCall(world))
  await ingest(...calls)
  await waitUntil(async () => (await scoresOf(world, { metricId: undefined })).length >= 400, { limitMs: 10_000 })
  await waitUntil(async () => (await scoresOf(world)).filter(({ metricName }) => metricName === 'all').length === 400)
  const some = (await scoresOf(world)).filter(({ metricName }) => metricName === 'some').length
  // Of 400 fair draws with a quarter's chance, outside this range are fewer than one in a million.
  expect(some).toBeGreaterThan(55)
  expect(some).toBeLessThan(150)
  const stored = await harness.controlPlane.modules.requestLogs.readModel.find([world.workspaceId], calls[0]?.id ?? '')
  expect(JSON.stringify(stored)).not.toContain('Paris')
}, 20_000)

test('the comparison of variants has the means of their scores', async () => {
  const world = await evaluatedTest(harness)
  const metricId = await createMetric(world, { kind: 'exact-match', name: 'right' })
  const texts = ['Paris', 'Paris', 'Paris', 'Rome']
  const calls = texts.flatMap((text, place) => [
    evaluatedCall(world, { text, unitId: `a${place}` }),
    evaluatedCall(world, { text: place === 0 ? text : 'Rome', variantId: 'variant-b', unitId: `b${place}` }),
  ])
  await ingest(...calls)
  await waitUntil(async () => (await scoresOf(world)).length === 8)
  const { workspaceId, abTestId } = world
  const window = { from: 0, to: Date.now() + 60_000 }
  const found = await harness.controlPlane.modules.evaluations.readModel.scoresOf({
    workspaceId,
    abTestId,
    metricId,
    window,
  })
  const means = found.map(({ variantId, count, units, mean }) => [variantId, count, units, mean])
  expect(means.toSorted()).toEqual([
    ['variant-a', 4, 4, 0.75],
    ['variant-b', 4, 4, 0.25],
  ])
})

test("a caller's score is recorded, a repeat replaces it and says so", async () => {
  const world = await evaluatedTest(harness)
  await createMetric(world, { kind: 'custom', name: 'custom_eslint_errors', direction: 'lower' })
  const call = evaluatedCall(world)
  await ingest(call)
  const score = { generationId: call.id, metricName: 'custom_eslint_errors', value: 4 }
  expect(await sendScore(world, score)).toEqual({ type: 'recorded', replaced: false })
  expect(await sendScore(world, { ...score, value: 2 })).toEqual({ type: 'recorded', replaced: true })
  const scores = await scoresOf(world)
  expect(scores).toMatchObject([{ generationId: call.id, value: 2, source: 'custom', variantId: 'variant-a' }])
})

test("a caller's score waits for a record that is on its way", async () => {
  const world = await evaluatedTest(harness)
  await createMetric(world, { kind: 'custom', name: 'custom_x' })
  const call = evaluatedCall(world)
  const outcome = sendScore(world, { generationId: call.id, metricName: 'custom_x', value: 1 })
  await waitUntil(async () => (await queue.getDelayedCount()) > 0)
  await ingest(call)
  expect(await outcome).toEqual({ type: 'recorded', replaced: false })
})

// The worker looks for the response for five seconds before it says that there is none.
test("a score of a response that is not there, or of another test's, is not recorded", async () => {
  const world = await evaluatedTest(harness)
  const other = await evaluatedTest(harness)
  await createMetric(world, { kind: 'custom', name: 'custom_x' })
  const elsewhere = evaluatedCall(other)
  await ingest(elsewhere)
  const [unknown, wrongTest, wrongMetric] = await Promise.all([
    sendScore(world, { generationId: createId(), metricName: 'custom_x', value: 1 }),
    sendScore(world, { generationId: elsewhere.id, metricName: 'custom_x', value: 1 }),
    sendScore(world, { generationId: elsewhere.id, metricName: 'custom_y', value: 1 }),
  ])
  expect([unknown, wrongTest, wrongMetric]).toEqual([
    { type: 'response-not-found' },
    { type: 'response-not-found' },
    { type: 'unknown-metric' },
  ])
  expect(await scoresOf(world)).toEqual([])
}, 20_000)

const SET_SCORE = `mutation ($workspaceId: ID!, $input: ManualScoreInput!) {
  setManualScore(workspaceId: $workspaceId, input: $input) { score { value source } replaced }
}`

test("a person's score is set and replaced, only for metrics that take one", async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId, owner } = world
  const metricId = await createMetric(world, { kind: 'manual', name: 'taste' })
  const exactId = await createMetric(world, { kind: 'exact-match', name: 'right' })
  const call = evaluatedCall(world)
  await ingest(call)
  const set = (input: object) =>
    owner.client.ask(SET_SCORE, { workspaceId, input: { generationId: call.id, metricId, value: 4, ...input } })
  expect((await set({})).data).toEqual({ setManualScore: { score: { value: 4, source: 'manual' }, replaced: false } })
  expect((await set({ generationId: `chatcmpl-${call.id}`, value: 5 })).data).toEqual({
    setManualScore: { score: { value: 5, source: 'manual' }, replaced: true },
  })
  expect((await set({ metricId: exactId })).errors[0]?.extensions.code).toBe('metric_not_manual')
  expect((await set({ generationId: createId() })).errors[0]?.extensions.code).toBe('response_not_found')
  expect((await set({ metricId: 'none' })).errors[0]?.extensions.code).toBe('metric_not_found')
})

const UPDATE = `mutation ($workspaceId: ID!, $id: ID!, $input: UpdateMetricInput!) {
  updateMetric(workspaceId: $workspaceId, id: $id, input: $input) { name enabled samplingRate direction }
}`

test('what a metric measures stays once answers were scored by it; how much of it is sampled may change', async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId, owner } = world
  const id = await createMetric(world, { kind: 'levenshtein', name: 'near' })
  const update = (input: object) => owner.client.ask(UPDATE, { workspaceId, id, input })
  expect((await update({ name: 'nearness' })).errors).toEqual([])
  await ingest(evaluatedCall(world))
  await waitUntil(async () => (await scoresOf(world)).length === 1)
  expect((await update({ direction: 'lower' })).errors[0]?.extensions.code).toBe('metric_has_scores')
  expect((await update({ samplingRate: 0.5, enabled: false })).data).toEqual({
    updateMetric: { name: 'nearness', enabled: false, samplingRate: 0.5, direction: 'higher' },
  })
  expect((await update({ samplingRate: -1 })).errors[0]?.extensions.code).toBe('metric_invalid')
})

test('viewers read metrics and scores, and make and set none', async () => {
  const world = await evaluatedTest(harness)
  const { workspaceId, abTestId } = world
  const viewer = await harness.member(workspaceId, 'viewer')
  const input = { abTestId, kind: 'exact-match', name: 'right' }
  expect(await viewer.client.codeOf(CREATE_METRIC, { workspaceId, input })).toBe('forbidden')
  expect(await scoresOf({ ...world, owner: viewer })).toEqual([])
})
