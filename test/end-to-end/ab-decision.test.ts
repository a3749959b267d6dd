import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { change, changeTest, makeHalves, makeMetric, recordsOf } from '../helpers/ab-test-client.ts'
import { ask } from '../helpers/ask.ts'
import type { ServedWorkspace } from '../helpers/running-signalbox.ts'
import { workspaceInShared } from '../helpers/shared-signalbox.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// Seconds, not milliseconds: a test of hundreds of calls through a whole Signalbox, and the worker's periods between.
const LIMIT_MS = 240_000
const SOON = { limitMs: 60_000 }
/** Set to 5000 for the full size. */
const CALLS = Number(process.env['AB_DECISION_CALLS'] ?? 800)
const CALLS_AT_A_TIME = 25

/** Knows the answer, at once; now and then it does not answer, and the other takes its place. */
const GOOD = 'knows-the-answer'
/** Knows it in one case of three, and is slow. */
const BAD = 'slow-and-wrong'
/** A failure that has the call answered by its fallback, and says nothing about the next call. */
const TOO_LONG = { error: { code: 'context_length_exceeded', message: 'too long', type: 'invalid_request_error' } }
const RIGHT = 'Paris is the capital of France.'

let simulator: Simulator
let workspace: ServedWorkspace
const variantOf: { [model: string]: string } = {}

beforeAll(async () => {
  simulator = createSimulator({ models: [GOOD, BAD] })
  await simulator.listen()
  workspace = await workspaceInShared()
  for (const id of [GOOD, BAD]) {
    await change(workspace, 'createModel', {
      type: 'CreateModelInput',
      input: {
        id,
        upstreamModel: id,
        baseUrl: simulator.url(),
        inputUsdPerMillion: 1,
        outputUsdPerMillion: 4,
      },
    })
  }
  await change(workspace, 'updateWorkspaceRouting', { type: 'WorkspaceRoutingInput', input: { fallbacks: [BAD] } })
  for (let round = 0; round < CALLS / 40; round += 1) {
    simulator.script.add({ type: 'answer', text: RIGHT, model: GOOD, times: 39 })
    simulator.script.add({ type: 'status', status: 400, body: TOO_LONG, model: GOOD })
    simulator.script.add({ type: 'answer', text: RIGHT, model: BAD, latencyMs: 60, times: 10 })
    simulator.script.add({ type: 'answer', text: 'I do not know.', model: BAD, latencyMs: 60, times: 20 })
  }
}, LIMIT_MS)
afterAll(async () => {
  await simulator.close()
}, LIMIT_MS)

test(
  `of ${CALLS} calls the decision is right, what breaks a guardrail is paused within a period, and nobody's variant changes`,
  async () => {
    const abTestId = await makeTest()
    const client = new OpenAI({
      apiKey: workspace.apiKey,
      baseURL: `${workspace.dataPlaneUrl}/api/applications/${abTestId}/v1`,
      maxRetries: 0,
    })
    const served = new Map<string, Set<string>>()
    const callAs = async (user: string): Promise<string> => {
      const metadata = { user_id: user, expected_output: RIGHT }
      const messages = [{ role: 'user', content: 'What is the capital of France?' }]
      const request = { messages, metadata } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming
      return (await client.chat.completions.create(request)).model
    }
    const call = (index: number): Promise<string> => callAs(`user-${Math.floor(index / 2)}`)
    const early = await callUntilServed(callAs)
    for (let from = 0; from < CALLS; from += CALLS_AT_A_TIME) {
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
      const all = await recordsOf(workspace, abTestId)
      return all.length === early + CALLS + 80 && all
    }, SOON)) {
      const variants = served.get(exposure.unitId) ?? new Set()
      served.set(exposure.unitId, variants.add(exposure.variantId))
    }
    expect([...served.values()].filter((variants) => variants.size > 1)).toEqual([])
    const [latest] = await recordsOf(workspace, abTestId)
    expect(latest?.exposure.variantId).toBe(variantOf[GOOD])
  },
  LIMIT_MS,
)

/** Calls as people who never come again until the weights are served. Gives how often it called. */
async function callUntilServed(callAs: (user: string) => Promise<string>): Promise<number> {
  let calls = 0
  await waitUntil(async () => {
    const model = await callAs(`early-${calls}`).catch(() => null)
    if (model !== null) calls += 1
    return model === `custom:${BAD}`
  }, SOON)
  return calls
}

async function makeTest(): Promise<string> {
  const variants = [{ model: `custom:${GOOD}` }, { model: `custom:${BAD}` }] as const
  const { abTestId, variantIds } = await makeHalves(workspace, { name: 'Who knows', variants })
  variantOf[GOOD] = variantIds[0]
  variantOf[BAD] = variantIds[1]
  const metricId = await makeMetric(workspace, { abTestId, name: 'accuracy', kind: 'fuzzy-match' })
  await changeTest(workspace, 'updateAnalysisSettings', {
    abTestId,
    type: 'AnalysisSettingsInput',
    shown: 'alpha',
    input: {
      primaries: [{ metricId, scale: 'absolute', smallestEffect: 0.02 }],
      guardrails: [{ metricId: 'total_latency', scale: 'relative', margin: 0.2 }],
      autoPause: true,
    },
  })
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
    workspace,
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
    workspace,
    `query($workspaceId: ID!, $abTestId: ID!) {
      abTest(workspaceId: $workspaceId, abTestId: $abTestId) { allocation { weights { variantId weight } } }
    }`,
    { abTestId },
  )
  return Object.fromEntries(abTest.allocation.weights.map(({ variantId, weight }) => [variantId, weight]))
}
