import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Metric } from '../../control-plane/modules/evaluations/index.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { internalKey } from '../../shared/secrets/internal-key.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { createMetric, evaluatedCall, evaluatedTest, scoresOf, type EvaluatedTest } from '../helpers/evaluated-calls.ts'
import { refusal, startJudgeServer, verdict, type JudgeServer } from '../helpers/judge-server.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let harness: ControlPlaneHarness
let judge: JudgeServer

beforeAll(async () => {
  judge = await startJudgeServer()
  harness = await startControlPlane({ DATA_PLANE_URL: judge.url })
  await harness.controlPlane.modules.catalog.service.seed({ withSimulator: true })
  await harness.startWorkers()
})
afterAll(async () => {
  await harness.close()
  await judge.close()
})
beforeEach(() => judge.answer(() => verdict({ grade: 4 })))

const RUBRIC = {
  kind: 'judge-rubric',
  name: 'politeness',
  settings: { criterion: 'Politeness' },
  judgeModel: 'simulator:sim-smart',
}
const BINARY = { kind: 'judge-binary', name: 'right', judgeModel: 'simulator:sim-fast' }

async function ingest(...generations: Generation[]): Promise<void> {
  await harness.controlPlane.modules.requestLogs.service.ingest(generations)
}

interface ShownJudgement {
  readonly id: string
  readonly generationId: string
  readonly metricName: string
  readonly state: string
  readonly code: string
  readonly reason: string
}

async function failedOf({ workspaceId, owner }: EvaluatedTest): Promise<ShownJudgement[]> {
  const { failedJudgements } = await owner.client.run<{ failedJudgements: { nodes: ShownJudgement[] } }>(
    `query ($workspaceId: ID!) {
      failedJudgements(workspaceId: $workspaceId, first: 100) { nodes { id generationId metricName state code reason } }
    }`,
    { workspaceId },
  )
  return failedJudgements.nodes
}

async function setBudget({ workspaceId, owner }: EvaluatedTest, input: object): Promise<void> {
  const mutation = `mutation ($workspaceId: ID!, $input: JudgeBudgetInput!) {
    updateJudgeBudget(workspaceId: $workspaceId, input: $input) { monthlyUsd }
  }`
  await owner.client.run(mutation, { workspaceId, input })
}

/** Fast enough that no test waits for its turn. */
const AT_ONCE = { requestsPerMinute: 60_000 }

async function judgedTest(metric: object, budget: object = AT_ONCE): Promise<EvaluatedTest> {
  const world = await evaluatedTest(harness)
  await setBudget(world, budget)
  await createMetric(world, metric)
  return world
}

test("a judge is asked once, with the workspace's internal key, and its grade is the score", async () => {
  const world = await judgedTest(RUBRIC)
  const call = evaluatedCall(world, { text: 'With pleasure: Paris, once.' })
  await ingest(call)
  await waitUntil(async () => (await scoresOf(world)).length === 1)
  await ingest(call)
  await harness.controlPlane.modules.evaluations.service.judgeGeneration({
    workspaceId: world.workspaceId,
    generationId: call.id,
    metricId:
      (await harness.controlPlane.modules.evaluations.readModel.metrics(world.workspaceId, world.abTestId))[0]?._id ??
      '',
    isLastAttempt: false,
  })
  const score = { generationId: call.id, value: 4, reason: 'Because.', source: 'judge' }
  expect(await scoresOf(world)).toMatchObject([score])
  const asked = judge.requestsWith('With pleasure: Paris, once.')
  expect(asked).toHaveLength(1)
  const { masterKey, keyPrefix: prefix } = harness.controlPlane.environment
  const key = internalKey(masterKey, { workspaceId: world.workspaceId, purpose: 'evaluation', prefix })
  expect(asked[0]).toMatchObject({
    path: '/v1/chat/completions',
    authorization: `Bearer ${key}`,
    body: { model: 'simulator:sim-smart', temperature: 0 },
  })
})

test('of a metric that samples nothing nobody is asked, and answers without an expected output are not compared', async () => {
  const world = await judgedTest({ ...RUBRIC, samplingRate: 0 })
  await createMetric(world, BINARY)
  await createMetric(world, { kind: 'empty', name: 'nothing_said' })
  await ingest(evaluatedCall(world, { text: 'asked-of-nobody', expectedOutput: null }))
  await waitUntil(async () => (await scoresOf(world)).length === 1)
  expect(judge.requestsWith('asked-of-nobody')).toEqual([])
})

test('a metric that was disabled costs nothing more, also for answers that wait for its judge', async () => {
  const world = await judgedTest({ ...RUBRIC, samplingRate: 0, enabled: false })
  const call = evaluatedCall(world, { text: 'disabled-meanwhile' })
  await ingest(call)
  const { service, readModel } = harness.controlPlane.modules.evaluations
  const { workspaceId, abTestId } = world
  const [metric] = await readModel.metrics(workspaceId, abTestId)
  const task = { workspaceId, generationId: call.id, metricId: metric?._id ?? '', isLastAttempt: false }
  expect(await service.judgeGeneration(task)).toEqual({ type: 'not-judged' })
  expect(judge.requestsWith('disabled-meanwhile')).toEqual([])
})

// The first repeat comes a second later.
test('what may help when asked again is asked again', async () => {
  const world = await judgedTest(BINARY)
  judge.answer(() =>
    judge.requestsWith('asked-again').length === 1 ? refusal(429, 'rate_limit_exceeded') : verdict({ verdict: 'pass' }),
  )
  await ingest(evaluatedCall(world, { text: 'asked-again' }))
  await waitUntil(async () => (await scoresOf(world)).length === 1)
  expect(await scoresOf(world)).toMatchObject([{ value: 1, source: 'judge' }])
  expect(judge.requestsWith('asked-again')).toHaveLength(2)
  expect(await failedOf(world)).toEqual([])
})

test('a judgement that is refused is listed with its reason, and judged when it is retried', async () => {
  const world = await judgedTest(RUBRIC)
  judge.answer(() => refusal(402, 'insufficient_credits'))
  const call = evaluatedCall(world)
  await ingest(call)
  await waitUntil(async () => (await failedOf(world)).length === 1)
  const [failed] = await failedOf(world)
  expect(failed).toMatchObject({
    generationId: call.id,
    metricName: 'politeness',
    state: 'failed',
    code: 'insufficient_credits',
    reason: 'Refused: insufficient_credits.',
  })
  expect(await scoresOf(world)).toEqual([])

  judge.answer(() => verdict({ grade: 2 }))
  const { workspaceId, owner } = world
  const retry = `mutation ($workspaceId: ID!, $id: ID!) { retryFailedJudgement(workspaceId: $workspaceId, id: $id) { id } }`
  await owner.client.run(retry, { workspaceId, id: failed?.id })
  await waitUntil(async () => (await scoresOf(world)).length === 1)
  await waitUntil(async () => (await failedOf(world)).length === 0)
  expect(await scoresOf(world)).toMatchObject([{ value: 2 }])
  expect(await owner.client.codeOf(retry, { workspaceId, id: failed?.id })).toBe('judgement_not_found')
})

test.each([
  ['a grade outside the scale', { grade: 6 }],
  ['a grade in words', { grade: 'four' }],
  ['no grade', {}],
])('%s is no score: the last attempt is listed as failed', async (_what, fields) => {
  const world = await judgedTest({ ...RUBRIC, samplingRate: 0 })
  judge.answer(() => verdict(fields))
  const call = evaluatedCall(world)
  await ingest(call)
  const { service, readModel } = harness.controlPlane.modules.evaluations
  const { workspaceId } = world
  const [metric] = await readModel.metrics(workspaceId, world.abTestId)
  const task = { workspaceId, generationId: call.id, metricId: metric?._id ?? '' }
  await expect(service.judgeGeneration({ ...task, isLastAttempt: false })).rejects.toThrow('The judge')
  expect(await failedOf(world)).toEqual([])
  expect(await service.judgeGeneration({ ...task, isLastAttempt: true })).toEqual({ type: 'not-judged' })
  expect(await failedOf(world)).toMatchObject([{ state: 'failed', code: 'judge_unreadable' }])
  expect(await scoresOf(world)).toEqual([])
})

test('judges never cost more than the budget, however many are asked at once, and somebody is told once', async () => {
  // Without usage the worst case of each call counts: of sim-fast some 0.0014 dollars.
  judge.answer(() => verdict({ verdict: 'pass' }, null))
  const world = await judgedTest(BINARY, { ...AT_ONCE, monthlyUsd: 0.005 })
  await ingest(...Array.from({ length: 20 }, () => evaluatedCall(world, { text: 'too-dear' })))
  await waitUntil(async () => (await scoresOf(world)).length + (await failedOf(world)).length === 20)
  const asked = judge.requestsWith('too-dear').length
  expect(asked).toBeGreaterThan(0)
  expect(asked).toBeLessThan(20)
  expect(await scoresOf(world)).toHaveLength(asked)
  const failed = await failedOf(world)
  expect(new Set(failed.map(({ state, code }) => `${state} ${code}`))).toEqual(
    new Set(['skipped judge_budget_exhausted']),
  )

  const { workspaceId, owner } = world
  const { judgeBudget, alerts } = await owner.client.run<{
    judgeBudget: { spentNanodollars: number }
    alerts: { nodes: { kind: string; count: number }[] }
  }>(
    `query ($workspaceId: ID!) {
      judgeBudget(workspaceId: $workspaceId) { spentNanodollars }
      alerts(workspaceId: $workspaceId) { nodes { kind count } }
    }`,
    { workspaceId },
  )
  expect(judgeBudget.spentNanodollars).toBeLessThanOrEqual(5_000_000)
  expect(alerts.nodes).toEqual([{ kind: 'judge_budget_exhausted', count: 1 }])
})

test('what a judge really used is counted once its answer is there', async () => {
  const world = await judgedTest(BINARY)
  judge.answer(() => verdict({ verdict: 'fail' }, { prompt_tokens: 1_000, completion_tokens: 100 }))
  await ingest(evaluatedCall(world))
  await waitUntil(async () => (await scoresOf(world)).length === 1)
  const { spent } = await harness.controlPlane.modules.evaluations.service.judgeBudget.state(world.workspaceId)
  // 1,000 × 100 and 100 × 400 nano-dollars, with a markup of 1.25.
  expect(spent).toBe(175_000)
})

test('a judge whose price is not known is not asked: a budget could not be kept', async () => {
  const world = await judgedTest({ ...RUBRIC, judgeModel: 'openai:no-such-model' })
  await ingest(evaluatedCall(world, { text: 'unpriced' }))
  await waitUntil(async () => (await failedOf(world)).length === 1)
  expect(await failedOf(world)).toMatchObject([{ state: 'skipped', code: 'judge_price_unknown' }])
  expect(judge.requestsWith('unpriced')).toEqual([])
})

// Five turns at 300 a minute are 800 ms apart in all.
test('the judges of a workspace are asked no more often than it says', async () => {
  const world = await judgedTest(RUBRIC, { requestsPerMinute: 300 })
  await ingest(...Array.from({ length: 5 }, () => evaluatedCall(world, { text: 'in-turn' })))
  await waitUntil(async () => (await scoresOf(world)).length === 5, { limitMs: 15_000 })
  const times = judge.requestsWith('in-turn').map(({ at }) => at)
  expect(times).toHaveLength(5)
  expect((times[4] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(700)
}, 20_000)

test('similarity is the cosine of the embeddings of both texts, by the index that each names', async () => {
  const world = await judgedTest({
    kind: 'embedding-similarity',
    name: 'near',
    embeddingModel: 'simulator:sim-embedding',
  })
  const data = [
    { index: 1, embedding: [1, 0] },
    { index: 0, embedding: [0.6, 0.8] },
  ]
  judge.answer(() => ({ body: { data, usage: { prompt_tokens: 4, total_tokens: 4 } } }))
  await ingest(evaluatedCall(world, { text: 'Lutetia' }))
  await waitUntil(async () => (await scoresOf(world)).length === 1)
  expect((await scoresOf(world))[0]?.value).toBeCloseTo(0.6, 12)
  expect(judge.requestsWith('Lutetia')).toMatchObject([
    { path: '/v1/embeddings', body: { input: ['Lutetia', 'Paris'] } },
  ])
})

async function rankingMetric(world: EvaluatedTest): Promise<Metric> {
  await createMetric(world, { kind: 'judge-ranking', name: 'better', judgeModel: 'simulator:sim-fast' })
  const metrics = await harness.controlPlane.modules.evaluations.readModel.metrics(world.workspaceId, world.abTestId)
  const metric = metrics.find(({ kind }) => kind === 'judge-ranking')
  if (!metric) throw new Error('there is one')
  return metric
}

const ANSWERS = [
  { variantId: 'a', text: 'Rome' },
  { variantId: 'b', text: 'Paris' },
  { variantId: 'c', text: 'Berlin' },
]

test('answers are ranked by a judge that sees each two of them in both orders', async () => {
  const world = await judgedTest(BINARY)
  const metric = await rankingMetric(world)
  judge.answer(({ body }) => {
    const shown = body.messages.at(-1)?.content ?? ''
    const [paris, others] = [shown.indexOf('Paris'), Math.max(shown.indexOf('Rome'), shown.indexOf('Berlin'))]
    if (paris < 0) return verdict({ better: 'tie' })
    return verdict({ better: paris < others ? 'first' : 'second' })
  })
  const request = { name: 'prompt-1', metric, messages: [], answers: ANSWERS }
  const ranking = await harness.controlPlane.modules.evaluations.service.rankAnswers(world.workspaceId, request)
  if (ranking.type !== 'ranked') throw new Error('it is ranked')
  expect(ranking.comparisons).toHaveLength(3)
  expect(ranking.variants.map(({ variant, rank, winRate }) => [variant, rank, winRate])).toEqual([
    ['b', 1, 1],
    ['a', 2, 0.25],
    ['c', 2, 0.25],
  ])
})

test('a judge that goes by the place makes ties of everything', async () => {
  const world = await judgedTest(BINARY)
  const metric = await rankingMetric(world)
  judge.answer(() => verdict({ better: 'first' }))
  const request = { name: 'prompt-2', metric, messages: [], answers: ANSWERS }
  const ranking = await harness.controlPlane.modules.evaluations.service.rankAnswers(world.workspaceId, request)
  if (ranking.type !== 'ranked') throw new Error('it is ranked')
  expect(ranking.comparisons.map(({ winner, isConsistent }) => [winner, isConsistent])).toEqual(
    Array.from({ length: 3 }, () => ['tie', false]),
  )
  expect(new Set(ranking.variants.map(({ rank }) => rank))).toEqual(new Set([1]))
})
