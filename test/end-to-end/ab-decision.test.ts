import { rm } from 'node:fs/promises'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { ask } from '../helpers/ask.ts'
import { startSignalbox, type RunningSignalbox } from '../helpers/running-signalbox.ts'
import { temporaryDirectory } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// A dozen seconds, not milliseconds: a whole Signalbox, a test of hundreds of calls, and the worker's periods between.
const LIMIT_MS = 240_000
const SOON = { limitMs: 60_000 }
/** Set to 5000 for the full size. */
const CALLS = Number(process.env['AB_DECISION_CALLS'] ?? 800)
const PERIOD_SECONDS = 2
const CALLS_AT_A_TIME = 25

/** Knows the answer, at once; now and then it does not answer, and the other takes its place. */
const GOOD = 'knows-the-answer'
/** Knows it in one case of three, and is slow. */
const BAD = 'slow-and-wrong'
/** A failure that has the call answered by its fallback, and says nothing about the next call. */
const TOO_LONG = { error: { code: 'context_length_exceeded', message: 'too long', type: 'invalid_request_error' } }
const RIGHT = 'Paris is the capital of France.'

let dataDir: string
let simulator: Simulator
let signalbox: RunningSignalbox
const variantOf: { [model: string]: string } = {}

beforeAll(async () => {
  dataDir = await temporaryDirectory()
  simulator = createSimulator({ models: [GOOD, BAD] })
  await simulator.listen()
  signalbox = await startSignalbox(dataDir, { ANALYSIS_SECONDS: String(PERIOD_SECONDS) })
  for (const id of [GOOD, BAD]) {
    await change('createModel', 'CreateModelInput', {
      id,
      upstreamModel: id,
      baseUrl: simulator.url(),
      inputUsdPerMillion: 1,
      outputUsdPerMillion: 4,
    })
  }
  await change('updateWorkspaceRouting', 'WorkspaceRoutingInput', { fallbacks: [BAD] })
  for (let round = 0; round < CALLS / 40; round += 1) {
    simulator.script.add({ type: 'answer', text: RIGHT, model: GOOD, times: 39 })
    simulator.script.add({ type: 'status', status: 400, body: TOO_LONG, model: GOOD })
    simulator.script.add({ type: 'answer', text: RIGHT, model: BAD, latencyMs: 60, times: 10 })
    simulator.script.add({ type: 'answer', text: 'I do not know.', model: BAD, latencyMs: 60, times: 20 })
  }
}, LIMIT_MS)
afterAll(async () => {
  await signalbox.stop()
  await simulator.close()
  await rm(dataDir, { recursive: true, force: true })
}, LIMIT_MS)

test(
  `of ${CALLS} calls the decision is right, what breaks a guardrail is paused within a period, and nobody's variant changes`,
  async () => {
    const abTestId = await makeTest()
    const client = new OpenAI({
      apiKey: signalbox.demo.apiKey,
      baseURL: `${signalbox.demo.dataPlaneUrl}/api/applications/${abTestId}/v1`,
      maxRetries: 0,
    })
    const served = new Map<string, Set<string>>()
    const call = async (index: number): Promise<void> => {
      const user = `user-${Math.floor(index / 2)}`
      const metadata = { user_id: user, expected_output: RIGHT }
      const messages = [{ role: 'user', content: 'What is the capital of France?' }]
      const request = { messages, metadata } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming
      await client.chat.completions.create(request)
    }
    await waitUntil(
      () =>
        call(0)
          .then(() => true)
          .catch(() => false),
      SOON,
    )
    for (let from = 1; from < CALLS; from += CALLS_AT_A_TIME) {
      await Promise.all(
        Array.from({ length: Math.min(CALLS_AT_A_TIME, CALLS - from) }, (_, index) => call(from + index)),
      )
    }
    const analysed = await waitUntil(async () => {
      const found = await analysisOf(abTestId)
      return found.decision.state === 'guardrail_breach' && found.actions.length > 0 && found
    }, SOON)
    expect(analysed.decision.breachingIds).toEqual([variantOf[BAD]])
    expect(analysed.decision.sentence).not.toBe('')
    expect(analysed.actions).toMatchObject([{ type: 'pause', variantIds: [variantOf[BAD]], rolledBackAt: null }])
    expect(analysed.validity.contaminatedCalls).toBeGreaterThan(0)

    const accuracy = analysed.metrics.find(({ name }) => name === 'accuracy')
    const valueOf = (model: string) => accuracy?.variants.find(({ variantId }) => variantId === variantOf[model])?.value
    expect(valueOf(GOOD)).toBeGreaterThan(0.9)
    expect(valueOf(BAD)).toBeLessThan(0.7)

    expect(await weightsOf(abTestId)).toEqual({ [variantOf[GOOD] ?? '']: 1, [variantOf[BAD] ?? '']: 0 })
    // New users get the other variant, and those who had the paused one keep it.
    for (let index = 0; index < 60; index += 1) await call(index)
    for (let index = 2 * CALLS; index < 2 * CALLS + 20; index += 1) await call(index)
    for (const { exposure } of await waitUntil(async () => {
      const all = await recordsOf(abTestId)
      return all.length === CALLS + 80 && all
    }, SOON)) {
      const variants = served.get(exposure.unitId) ?? new Set()
      served.set(exposure.unitId, variants.add(exposure.variantId))
    }
    expect([...served.values()].filter((variants) => variants.size > 1)).toEqual([])
    const [latest] = await recordsOf(abTestId)
    expect(latest?.exposure.variantId).toBe(variantOf[GOOD])
  },
  LIMIT_MS,
)

async function change<Data>(mutation: string, inputType: string, input: object): Promise<Data> {
  const data = await ask<{ [name: string]: Data }>(
    signalbox.demo,
    `mutation($workspaceId: ID!, $input: ${inputType}!) { ${mutation}(workspaceId: $workspaceId, input: $input) { id } }`,
    { input },
  )
  return data[mutation] as Data
}

async function changeTest<Data>(
  mutation: string,
  { abTestId, inputType, input, shown = 'id' }: { abTestId: string; inputType: string; input: object; shown?: string },
): Promise<Data> {
  const data = await ask<{ [name: string]: Data }>(
    signalbox.demo,
    `mutation($workspaceId: ID!, $abTestId: ID!, $input: ${inputType}!) {
      ${mutation}(workspaceId: $workspaceId, abTestId: $abTestId, input: $input) { ${shown} }
    }`,
    { abTestId, input },
  )
  return data[mutation] as Data
}

async function makeTest(): Promise<string> {
  const { id: abTestId } = await change<{ id: string }>('createAbTest', 'CreateAbTestInput', { name: 'Who knows' })
  for (const model of [GOOD, BAD]) {
    const input = { model: `custom:${model}`, parameters: {} }
    const made = await changeTest<{ id: string }>('createVariant', { abTestId, inputType: 'CreateVariantInput', input })
    variantOf[model] = made.id
  }
  await ask(
    signalbox.demo,
    `mutation($workspaceId: ID!, $abTestId: ID!, $variantId: ID!) {
      promoteVariant(workspaceId: $workspaceId, abTestId: $abTestId, variantId: $variantId) { id }
    }`,
    { abTestId, variantId: variantOf[GOOD] },
  )
  const metric = { abTestId, name: 'accuracy', kind: 'fuzzy-match' }
  const { id: metricId } = await change<{ id: string }>('createMetric', 'CreateMetricInput', metric)
  await changeTest('updateAnalysisSettings', {
    abTestId,
    inputType: 'AnalysisSettingsInput',
    shown: 'alpha',
    input: {
      primaries: [{ metricId, scale: 'absolute', smallestEffect: 0.02 }],
      guardrails: [{ metricId: 'total_latency', scale: 'relative', margin: 0.2 }],
      autoPause: true,
    },
  })
  const weights = [GOOD, BAD].map((model) => ({ variantId: variantOf[model], weight: 0.5 }))
  await changeTest('setAllocation', { abTestId, inputType: 'AllocationInput', input: { type: 'weights', weights } })
  return abTestId
}

interface AnalysisShown {
  readonly decision: { readonly state: string; readonly sentence: string; readonly breachingIds: readonly string[] }
  readonly actions: readonly { readonly type: string; readonly variantIds: readonly string[] }[]
  readonly validity: { readonly contaminatedCalls: number }
  readonly metrics: readonly {
    readonly name: string
    readonly variants: readonly { readonly variantId: string; readonly value: number }[]
  }[]
}

async function analysisOf(abTestId: string): Promise<AnalysisShown> {
  const { analysis } = await ask<{ analysis: AnalysisShown }>(
    signalbox.demo,
    `query($workspaceId: ID!, $abTestId: ID!) {
      analysis(workspaceId: $workspaceId, abTestId: $abTestId) {
        decision { state sentence breachingIds }
        actions { type variantIds rolledBackAt }
        validity { contaminatedCalls }
        metrics { name variants { variantId value } }
      }
    }`,
    { abTestId },
  )
  return analysis
}

async function weightsOf(abTestId: string): Promise<{ [variantId: string]: number }> {
  const { abTest } = await ask<{
    abTest: { allocation: { weights: readonly { variantId: string; weight: number }[] } }
  }>(
    signalbox.demo,
    `query($workspaceId: ID!, $abTestId: ID!) {
      abTest(workspaceId: $workspaceId, abTestId: $abTestId) { allocation { weights { variantId weight } } }
    }`,
    { abTestId },
  )
  return Object.fromEntries(abTest.allocation.weights.map(({ variantId, weight }) => [variantId, weight]))
}

interface Record {
  readonly exposure: { readonly abTestId: string; readonly variantId: string; readonly unitId: string }
}

/** Newest first. */
async function recordsOf(abTestId: string): Promise<Record[]> {
  const records: Record[] = []
  for (let after: string | null = null; ;) {
    const { generations }: { generations: Page } = await ask<{ generations: Page }>(
      signalbox.demo,
      `query($workspaceId: ID!, $after: String) {
        generations(workspaceId: $workspaceId, first: 100, after: $after) {
          nodes { exposure { abTestId variantId unitId } } pageInfo { hasNextPage endCursor }
        }
      }`,
      { after },
    )
    records.push(...generations.nodes)
    after = generations.pageInfo.endCursor
    if (!generations.pageInfo.hasNextPage) return records.filter(({ exposure }) => exposure?.abTestId === abTestId)
  }
}

interface Page {
  readonly nodes: readonly Record[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}
