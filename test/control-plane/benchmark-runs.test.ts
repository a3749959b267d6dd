import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { internalKey } from '../../shared/secrets/internal-key.ts'
import { startCellServer, type CellReply, type CellRequest, type CellServer } from '../helpers/cell-server.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import { createMetric, evaluatedTest, type EvaluatedTest } from '../helpers/evaluated-calls.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let harness: ControlPlaneHarness
let dataPlane: CellServer
beforeAll(async () => {
  dataPlane = await startCellServer()
  harness = await startControlPlane({ DATA_PLANE_URL: dataPlane.url })
  await harness.controlPlane.modules.catalog.service.seed({ withSimulator: true })
  await harness.startWorkers()
})
afterAll(async () => {
  await harness.close()
  await dataPlane.close()
})

interface RunWorld extends EvaluatedTest {
  readonly benchmarkId: string
  /** Two variants; the first is the production variant. */
  readonly variantIds: readonly [string, string]
}

interface Run {
  readonly id: string
  readonly state: string
  readonly pausedBecause: string | null
  readonly progress: {
    readonly total: number
    readonly done: number
    readonly answered: number
    readonly failed: number
  }
}

const RUN = 'id state pausedBecause baselineVariantId progress { total done answered failed }'
const START = `mutation ($workspaceId: ID!, $input: StartRunInput!) {
  startBenchmarkRun(workspaceId: $workspaceId, input: $input) { ${RUN} }
}`

let world: RunWorld
beforeEach(async () => {
  world = await runWorld(['One', 'Two', 'Three'])
  answerWith(() => ({ type: 'answer', text: 'Paris' }))
})

function answerWith(reply: (request: CellRequest) => CellReply): void {
  const { workspaceId } = world
  const { ingest } = harness.controlPlane.modules.requestLogs.service
  dataPlane.seen.length = 0
  dataPlane.serve({ reply, ingest: (record) => ingest([{ ...record, workspaceId }]) })
}

async function runWorld(prompts: readonly string[]): Promise<RunWorld> {
  const tested = await evaluatedTest(harness)
  const { workspaceId, abTestId, owner } = tested
  const { abTests, benchmarks } = harness.controlPlane.modules
  const make = async (systemPrompt: string): Promise<string> => {
    const identity = { gateway: 'simulator', model: 'sim-fast', systemPrompt, parameters: {} } as const
    const definition = { type: 'model', ...identity } as const
    const options = { workspaceId, abTestId, name: null, definition, createdBy: owner.id }
    return (await abTests.service.createVariant(options))._id
  }
  const variantIds = [await make('Be brief.'), await make('Be polite.')] as const
  const promotion = { workspaceId, abTestId, variantId: variantIds[0], seenVersion: null, by: owner.id }
  await abTests.service.promote(promotion)
  const settings = { name: 'Questions', abTestId, collectsCallers: false, redact: false, createdBy: owner.id }
  const { _id: benchmarkId } = await benchmarks.service.benchmarks.create(workspaceId, settings)
  const rows = prompts.map((content) => ({ messages: [{ role: 'user', content }], expected_output: 'Paris' }))
  const stream = (async function* () {
    yield Buffer.from(JSON.stringify(rows))
  })()
  if (rows.length > 0) await benchmarks.service.addUpload(workspaceId, { benchmarkId, stream, format: 'json' })
  return { ...tested, benchmarkId, variantIds }
}

async function start(input: object = {}): Promise<string> {
  const { workspaceId, owner, benchmarkId, variantIds } = world
  const variables = { workspaceId, input: { benchmarkId, variantIds, ...input } }
  return (await owner.client.run<{ startBenchmarkRun: Run }>(START, variables)).startBenchmarkRun.id
}

async function read(runId: string): Promise<Run> {
  const { workspaceId, owner } = world
  const query = `query ($workspaceId: ID!, $runId: ID!) { benchmarkRun(workspaceId: $workspaceId, runId: $runId) { ${RUN} } }`
  return (await owner.client.run<{ benchmarkRun: Run }>(query, { workspaceId, runId })).benchmarkRun
}

function whenIn(state: string, runId: string): Promise<Run> {
  return waitUntil(
    async () => {
      const run = await read(runId)
      return run.state === state && run
    },
    { limitMs: 12_000, what: `a run that is ${state}` },
  )
}

const changing = (change: string): string =>
  `mutation ($workspaceId: ID!, $runId: ID!) { ${change}BenchmarkRun(workspaceId: $workspaceId, runId: $runId) { state } }`

async function change(word: 'pause' | 'resume' | 'cancel', runId: string): Promise<string | null> {
  return world.owner.client.codeOf(changing(word), { workspaceId: world.workspaceId, runId })
}

interface ShownResults {
  readonly prompt: { readonly messages: { readonly content: string }[] }
  readonly results: readonly {
    readonly variantId: string
    readonly outcome: string | null
    readonly errorCode: string | null
    readonly chargeNanodollars: number
    readonly answer: { readonly content: string } | null
    readonly scores: readonly { readonly metricId: string; readonly value: number | null }[]
  }[]
}

async function resultsOf(runId: string, page = ''): Promise<ShownResults[]> {
  const { workspaceId, owner } = world
  const { benchmarkRunResults } = await owner.client.run<{ benchmarkRunResults: { nodes: ShownResults[] } }>(
    `query ($workspaceId: ID!, $runId: ID!) {
      benchmarkRunResults(workspaceId: $workspaceId, runId: $runId${page}) {
        nodes {
          prompt { messages }
          results { variantId outcome errorCode chargeNanodollars answer scores { metricId value } }
        }
      }
    }`,
    { workspaceId, runId },
  )
  return benchmarkRunResults.nodes
}

test('every variant is asked every prompt once, with the key for benchmarks, and results stand side by side', async () => {
  const runId = await start()
  const { progress } = await whenIn('completed', runId)
  expect(progress).toEqual({ total: 6, done: 6, answered: 6, failed: 0 })
  expect(dataPlane.seen).toHaveLength(6)
  const { masterKey, keyPrefix: prefix } = harness.controlPlane.environment
  const key = internalKey(masterKey, { workspaceId: world.workspaceId, purpose: 'benchmark', prefix })
  expect(new Set(dataPlane.seen.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${key}`]))
  const rows = await resultsOf(runId)
  expect(rows.map(({ prompt }) => prompt.messages[0]?.content)).toEqual(['One', 'Two', 'Three'])
  for (const { results } of rows) {
    expect(results.map(({ variantId }) => variantId)).toEqual(world.variantIds)
    expect(results).toMatchObject([{ outcome: 'answered', answer: { content: 'Paris' } }, { outcome: 'answered' }])
  }
  expect(await resultsOf(runId, ', first: 2')).toEqual(rows.slice(0, 2))
})

test('means and paired differences to production are those worked out by hand', async () => {
  const exact = await createMetric(world, { kind: 'exact-match', name: 'right' })
  const ranking = await createMetric(world, { kind: 'judge-ranking', name: 'rank', judgeModel: 'simulator:sim-fast' })
  const quick = `mutation ($workspaceId: ID!) {
    updateJudgeBudget(workspaceId: $workspaceId, input: { requestsPerMinute: 6000 }) { requestsPerMinute }
  }`
  await world.owner.client.run(quick, { workspaceId: world.workspaceId })
  const [production, other] = world.variantIds
  const latencies: Record<string, readonly [number, number]> = { One: [10, 13], Two: [20, 21], Three: [30, 38] }
  answerWith(({ variantId, body }) => {
    const question = body.messages.at(-1)?.content ?? ''
    const isProduction = variantId === production
    const latencyMs = latencies[question]?.[isProduction ? 0 : 1] ?? 0
    return { type: 'answer', text: isProduction || question === 'One' ? 'Paris' : 'Rome', record: { latencyMs } }
  })
  const runId = await start({ metricIds: [exact, ranking] })
  await whenIn('completed', runId)
  const { workspaceId, owner } = world
  const { benchmarkRunComparison: compared } = await owner.client.run<{
    benchmarkRunComparison: {
      measure: string
      variants: { variantId: string; count: number; mean: number; difference: { pairs: number; mean: number } | null }[]
    }[]
  }>(
    `query ($workspaceId: ID!, $runId: ID!) {
      benchmarkRunComparison(workspaceId: $workspaceId, runId: $runId) {
        measure
        variants { variantId count mean difference { pairs unpaired mean standardError interval { lower upper } } }
      }
    }`,
    { workspaceId, runId },
  )
  const measured = (measure: string) => compared.find((each) => each.measure === measure)?.variants
  // The differences 3, 1 and 8 have the mean 4 and the standard deviation √13; t of 0.975 with 2 degrees is 4.302653.
  const standardError = Math.sqrt(13 / 3)
  const reach = 4.302652729911275 * standardError
  expect(measured('latencyMs')).toEqual([
    { variantId: production, count: 3, mean: 20, difference: null },
    {
      variantId: other,
      count: 3,
      mean: 24,
      difference: {
        pairs: 3,
        unpaired: 0,
        mean: 4,
        standardError: expect.closeTo(standardError, 9),
        interval: { lower: expect.closeTo(4 - reach, 9), upper: expect.closeTo(4 + reach, 9) },
      },
    },
  ])
  expect(measured(exact)).toMatchObject([{ mean: 1 }, { mean: expect.closeTo(1 / 3, 12) }])
  // The judge takes whatever comes first, in both orders: every pair is a tie.
  expect(measured(ranking)).toMatchObject([
    { count: 3, mean: 0.5 },
    { count: 3, mean: 0.5, difference: { mean: 0 } },
  ])
})

test('a call that may work later is made again; one that is refused for good fails its cell alone', async () => {
  const [production] = world.variantIds
  answerWith(({ variantId, body, before }) => {
    const question = body.messages[0]?.content
    if (question === 'Two' && variantId === production) return { type: 'refusal', status: 400, code: 'invalid_request' }
    if (question === 'One' && before === 0) return { type: 'refusal', status: 502, code: 'upstream_failed' }
    return { type: 'answer', text: 'Paris' }
  })
  const runId = await start()
  const { progress } = await whenIn('completed', runId)
  expect(progress).toEqual({ total: 6, done: 6, answered: 5, failed: 1 })
  const failed = (await resultsOf(runId)).flatMap(({ results }) => results).filter((cell) => cell.outcome === 'failed')
  expect(failed).toMatchObject([{ variantId: production, errorCode: 'invalid_request', answer: null }])
  expect(dataPlane.seen).toHaveLength(8)
})

test('what a cell was charged for counts once, also where its first call failed', async () => {
  const { requestLogs } = harness.controlPlane.modules
  const records: Parameters<typeof requestLogs.service.ingest>[0][number][] = []
  dataPlane.serve({
    reply: () => ({ type: 'answer', text: 'Paris', record: { chargeNanodollars: 700 } }),
    ingest: async (record) => {
      const call = { ...record, workspaceId: world.workspaceId }
      const broken = {
        ...call,
        id: `${call.id.slice(0, -4)}0000`,
        status: 'truncated',
        chargeNanodollars: 300,
      } as const
      records.push(call, broken)
      await requestLogs.service.ingest([broken, call])
    },
  })
  const runId = await start()
  await whenIn('completed', runId)
  await requestLogs.service.ingest(records)
  const charges = (await resultsOf(runId)).flatMap(({ results }) => results).map((cell) => cell.chargeNanodollars)
  expect(charges).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 1_000])
})

test('a workspace without credits pauses its run, which goes on where it was when it is resumed', async () => {
  let credits = 4
  answerWith(() => {
    if (credits === 0) return { type: 'refusal', status: 402, code: 'insufficient_credits' }
    credits -= 1
    return { type: 'answer', text: 'Paris' }
  })
  const runId = await start({ concurrency: 1 })
  const paused = await whenIn('paused', runId)
  expect(paused).toMatchObject({ pausedBecause: 'insufficient_credits', progress: { done: 4 } })
  credits = 10
  expect(await change('resume', runId)).toBeNull()
  expect((await whenIn('completed', runId)).progress).toMatchObject({ answered: 6 })
  expect(credits).toBe(8)
})

test('a paused run asks nothing; a cancelled one stays cancelled; what is over cannot be changed', async () => {
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const { ingest } = harness.controlPlane.modules.requestLogs.service
  dataPlane.serve({
    reply: () => ({ type: 'answer', text: 'Paris' }),
    async ingest(record) {
      await held
      await ingest([{ ...record, workspaceId: world.workspaceId }])
    },
  })
  const runId = await start({ concurrency: 1 })
  await waitUntil(() => dataPlane.seen.length === 1)
  expect(await change('resume', runId)).toBe('run_state_conflict')
  expect(await change('pause', runId)).toBeNull()
  expect(await change('pause', runId)).toBe('run_state_conflict')
  release()
  await waitUntil(async () => (await read(runId)).progress.done === 1)
  expect(await change('resume', runId)).toBeNull()
  expect((await whenIn('completed', runId)).progress.answered).toBe(6)
  expect(dataPlane.seen).toHaveLength(6)
  expect(await change('cancel', runId)).toBe('run_state_conflict')

  answerWith(() => ({ type: 'refusal', status: 429, code: 'rate_limited' }))
  const second = await start()
  expect(await change('cancel', second)).toBeNull()
  expect(await read(second)).toMatchObject({ state: 'cancelled', progress: { done: 0, total: 6 } })
  expect(await change('resume', second)).toBe('run_state_conflict')
})

test('a run of what is not there is refused, and nothing is left behind', async () => {
  const { workspaceId, owner, benchmarkId, variantIds, abTestId } = world
  const manual = await createMetric(world, { kind: 'manual', name: 'taste' })
  const codeOf = (input: object): Promise<string | null> =>
    owner.client.codeOf(START, { workspaceId, input: { benchmarkId, variantIds, ...input } })
  expect(await codeOf({ variantIds: [] })).toBe('invalid_run')
  expect(await codeOf({ variantIds: ['nothing'] })).toBe('variant_not_found')
  expect(await codeOf({ metricIds: ['nothing'] })).toBe('metric_not_found')
  expect(await codeOf({ metricIds: [manual] })).toBe('invalid_run')
  expect(await codeOf({ benchmarkId: 'nothing' })).toBe('benchmark_not_found')
  expect(await codeOf({ concurrency: 1_000 })).toBe('invalid_input')
  const empty = { name: 'Empty', abTestId, collectsCallers: false, redact: false, createdBy: owner.id }
  const { service, readModel } = harness.controlPlane.modules.benchmarks
  const { _id } = await service.benchmarks.create(workspaceId, empty)
  expect(await codeOf({ benchmarkId: _id })).toBe('benchmark_empty')
  const page = await readModel.runsPage(workspaceId, benchmarkId, { first: 10, after: null })
  expect(page.nodes).toEqual([])
  expect(dataPlane.seen).toEqual([])
})
