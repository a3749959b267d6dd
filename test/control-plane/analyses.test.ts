import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom, type Random } from '../../control-plane/modules/ab-tests/statistics/random.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import {
  analysisWorld,
  ANALYSIS,
  POINTS,
  ROLLBACK,
  SETTINGS,
  traffic,
  type AnalysisWorld,
} from '../helpers/analysis-world.ts'
import { differences, filledCells } from '../unit/analyses/analysis-world.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

const world = (variants?: number): Promise<AnalysisWorld> => analysisWorld(harness, variants)

const latencyOf = (mean: number) => (random: Random) => ({ latencyMs: mean * random.lognormal(-0.02, 0.2) })

test('what is counted as it comes equals a recount of all records, also when records come twice, late and in any order', async () => {
  const test = await world()
  const { analyses, evaluations } = harness.controlPlane.modules
  const calls = await traffic(test, {
    units: 120,
    seed: 1,
    callsOfUnit: 3,
    call: (place, random) => ({
      ...latencyOf(100 + place)(random),
      status: random.bernoulli(0.1) ? 'failed' : 'succeeded',
    }),
  })
  const random = createRandom(2)
  const shuffled = calls.map((call) => ({ call, at: random.uniform() })).toSorted((a, b) => a.at - b.at)
  const late = shuffled.slice(0, 60).map(({ call }) => call)
  const first = shuffled.slice(60).map(({ call }) => call)
  await test.ingest(first)
  await test.analyse()
  const reference = { workspaceId: test.workspaceId, abTestId: test.abTestId }
  const metric = await evaluations.service.metrics.create(test.workspaceId, scoreMetric(test.abTestId))
  await score(test, first.slice(0, 100), metric._id)
  await test.ingest([...late, ...first.slice(0, 90)])
  await test.analyse()
  await score(test, first.slice(50, 150), metric._id, 0.25)
  await test.analyse()
  await test.analyse()

  const counted = await harness.controlPlane.modules.analyses.readModel.current(reference)
  const cells = await analyses.service.recount(reference)
  for (const { id, cell } of counted.arms) {
    const [mine, theirs] = [new Map([['all', cell]]), new Map([['all', cells.get(`${id}:r:all`) ?? cell]])]
    expect(differences(filledCells(mine), filledCells(theirs))).toEqual([])
  }
  const { validity, metrics } = await test.analysis()
  expect(validity).toMatchObject({ units: 120, calls: 360 })
  const scored = metrics.find(({ metricId }) => metricId === metric._id)
  expect(scored?.variants.reduce((sum, { units }) => sum + units, 0)).toBeGreaterThan(80)
})

const scoreMetric = (abTestId: string) => ({
  abTestId,
  kind: 'custom',
  name: 'custom_quality',
  direction: 'higher' as const,
  unit: null,
  settings: {},
  samplingRate: 1,
  judgeModel: null,
  embeddingModel: null,
  enabled: true,
})

async function score(test: AnalysisWorld, calls: readonly Generation[], metricId: string, value = 1): Promise<void> {
  const { evaluations } = harness.controlPlane.modules
  for (const { id } of calls) {
    await evaluations.service.recordScore.manual(test.workspaceId, { generationId: id, metricId, value })
  }
}

test('a variant that is certainly faster wins, with a sentence, an interval and a series to plot', async () => {
  const test = await world()
  await test.save({ primaries: [{ metricId: 'total_latency', smallestEffect: 0.02 }] })
  await test.ingest(
    await traffic(test, { units: 400, seed: 3, call: (place, random) => latencyOf(place === 0 ? 200 : 150)(random) }),
  )
  await test.analyse()
  const { baselineId, decision, metrics, validity } = await test.analysis()
  const [production, faster = ''] = test.variantIds
  expect(baselineId).toBe(production)
  expect(decision).toMatchObject({ state: 'winner', winnerId: faster })
  expect(decision.sentence).toContain('“variant 1” is better than production')
  const latency = metrics.find(({ metricId }) => metricId === 'total_latency')
  const compared = latency?.variants.find(({ variantId }) => variantId === faster)
  expect(latency?.role).toBe('primary')
  expect(compared?.comparison?.relative.lower).toBeLessThan(-0.25)
  expect(compared?.comparison?.relative.upper).toBeGreaterThan(-0.25)
  expect(compared?.comparison?.chanceToWin).toBeGreaterThan(0.99)
  expect(validity.sampleRatios.map(({ stage }) => stage)).toEqual(['assigned', 'exposed', 'answered', 'scored'])
  const points = await test.client.run<{ analysisPoints: unknown[] }>(POINTS, {
    ...referenceOf(test),
    metricId: 'total_latency',
  })
  expect(points.analysisPoints).toMatchObject([{ variantId: faster, relative: { upper: expect.any(Number) } }])
})

const referenceOf = ({ workspaceId, abTestId }: AnalysisWorld) => ({ workspaceId, abTestId })

test('a variant that breaks a guardrail loses its new units within one look; a rollback gives them back for good', async () => {
  const test = await world(3)
  const [production = '', failing = '', fine = ''] = test.variantIds
  await test.save({
    primaries: [{ metricId: 'total_latency', smallestEffect: 0.02 }],
    guardrails: [{ metricId: 'error_rate', margin: 0.02, scale: 'absolute' }],
    autoPause: true,
  })
  const statusOf = (place: number, random: Random) =>
    random.bernoulli(place === 1 ? 0.3 : 0.01) ? ('failed' as const) : ('succeeded' as const)
  await test.ingest(
    await traffic(test, { units: 600, seed: 4, call: (place, random) => ({ status: statusOf(place, random) }) }),
  )
  await test.analyse()
  expect(await test.weights()).toEqual([
    { variantId: production, weight: 0.5 },
    { variantId: failing, weight: 0 },
    { variantId: fine, weight: 0.5 },
  ])
  const { actions } = await test.analysis()
  expect(actions).toMatchObject([{ type: 'pause', variantIds: [failing] }])
  const actionId = actions[0]?.id
  const { workspaceId } = test
  await test.client.run(ROLLBACK, { workspaceId, actionId })
  await test.client.run(ROLLBACK, { workspaceId, actionId })
  const restored = await test.weights()
  expect(restored.map(({ weight }) => Math.round(weight * 100))).toEqual([33, 33, 33])
  await test.ingest(
    await traffic(test, { units: 300, seed: 5, call: (place, random) => ({ status: statusOf(place, random) }) }),
  )
  await test.analyse()
  expect(await test.weights()).toEqual(restored)
})

test('a winner is promoted where the settings say so, once, and a rollback brings the old one back', async () => {
  const test = await world()
  const { abTests } = harness.controlPlane.modules
  const [production = '', faster = ''] = test.variantIds
  await test.save({ primaries: [{ metricId: 'total_latency', smallestEffect: 0.02 }], autoPromote: true })
  const run = { units: 400, call: (place: number, random: Random) => latencyOf(place === 0 ? 200 : 120)(random) }
  await test.ingest(await traffic(test, { ...run, seed: 6 }))
  await test.analyse()
  const productionNow = async () => (await abTests.readModel.get(test.workspaceId, test.abTestId)).productionVariantId
  expect(await productionNow()).toBe(faster)
  const [promotion] = (await test.analysis()).actions
  expect(promotion).toMatchObject({ type: 'promotion', variantIds: [faster] })
  await test.client.run(ROLLBACK, { workspaceId: test.workspaceId, actionId: promotion?.id })
  expect(await productionNow()).toBe(production)
  await test.ingest((await traffic(test, { ...run, units: 500, seed: 7 })).slice(400))
  await test.analyse()
  expect(await productionNow()).toBe(production)
})

test.each(['track_and_stop', 'top_two'])('with %s the weights move towards the better variants', async (adaptive) => {
  const test = await world(3)
  await test.save({ primaries: [{ metricId: 'total_latency', smallestEffect: 0.01 }], adaptive })
  const means = [300, 100, 105]
  await test.ingest(
    await traffic(test, { units: 360, seed: 8, call: (place, random) => latencyOf(means[place] ?? 0)(random) }),
  )
  await test.analyse()
  const weights = await test.weights()
  expect(weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12)
  const [slow, ...fast] = weights.map(({ weight }) => weight)
  for (const weight of fast) expect(weight).toBeGreaterThan(slow ?? 1)
  expect((await test.analysis()).validity.adaptive).toBe(true)
})

test('units that come in other shares than the weights make a test invalid', async () => {
  const test = await world()
  await test.save({ primaries: [{ metricId: 'total_latency', smallestEffect: 0.02 }] })
  // 4 of 5 units in the first variant.
  const assign = (unit: number): number => (unit % 5 < 4 ? 0 : 1)
  await test.ingest(
    await traffic(test, { units: 300, seed: 9, assign, call: (_place, random) => latencyOf(100)(random) }),
  )
  await test.analyse()
  const { decision, validity } = await test.analysis()
  expect(decision.state).toBe('invalid')
  expect(decision.sentence).toContain('did not get the shares of units')
  expect(validity.sampleRatios[0]?.pValue).toBeLessThan(0.005)
})

test('a test without units, without settings or with few units is shown without a number that is none', async () => {
  const test = await world()
  expect(await test.analysis()).toMatchObject({ decision: { state: 'unset' }, actions: [] })
  await test.ingest(await traffic(test, { units: 6, seed: 10, call: () => ({ status: 'failed' }) }))
  await test.analyse()
  await test.save({ primaries: [{ metricId: 'cost', smallestEffect: 0 }] })
  const { decision, metrics } = await test.analysis()
  expect(decision.state).toBe('running')
  const cost = metrics.find(({ metricId }) => metricId === 'cost')
  expect(cost?.variants[1]).toMatchObject({ units: 0, value: null, warnings: ['too_few_units'] })
})

test('settings that cannot be followed are refused with their path, and nothing of them is kept', async () => {
  const test = await world()
  const cases = [
    [{ primaries: [{ metricId: 'nonsense', smallestEffect: 0 }] }, 'primaries[0].metricId'],
    [{ alpha: 0.9 }, 'alpha'],
    [{ autoPause: true }, 'autoPause'],
    [{ adaptive: 'top_two', primaries: [{ metricId: 'total_latency:p95', smallestEffect: 0 }] }, 'adaptive'],
  ] as const
  for (const [input, path] of cases) {
    const { errors } = await test.client.ask(SETTINGS, { ...referenceOf(test), input })
    expect(errors[0]?.extensions.code).toBe('analysis_settings_invalid')
    expect(errors[0]?.message).toContain(path)
  }
  expect(await test.analysis()).toMatchObject({ settings: { primaries: [], alpha: 0.05, autoPause: false } })
})

test('a viewer looks at analyses, a developer changes their settings, and nobody those of another workspace', async () => {
  const test = await world()
  const viewer = await harness.member(test.workspaceId, 'viewer')
  expect(await viewer.client.codeOf(ANALYSIS, referenceOf(test))).toBeNull()
  expect(await viewer.client.codeOf(SETTINGS, { ...referenceOf(test), input: {} })).toBe('forbidden')
  const elsewhere = await world()
  const theirs = { workspaceId: elsewhere.workspaceId, abTestId: test.abTestId }
  expect(await elsewhere.client.codeOf(ANALYSIS, theirs)).toBe('ab_test_not_found')
  const unknown = { workspaceId: test.workspaceId, actionId: 'nothing' }
  expect(await test.client.codeOf(ROLLBACK, unknown)).toBe('analysis_action_not_found')
})

test('workers count and analyse tests by themselves', async () => {
  const test = await world()
  await test.ingest(await traffic(test, { units: 20, seed: 11, call: (_place, random) => latencyOf(100)(random) }))
  await harness.startWorkers()
  await harness.controlPlane.modules.analyses.enqueue(test.workspaceId, test.abTestId)
  await waitUntil(async () => (await test.analysis()).validity.units === 20)
})
