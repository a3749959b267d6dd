import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { change, makeHalves, makeMetric, recordsOf, scoresOf } from '../helpers/ab-test-client.ts'
import { ask } from '../helpers/ask.ts'
import type { ServedWorkspace } from '../helpers/running-signalbox.ts'
import { workspaceInShared } from '../helpers/shared-signalbox.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// A second: a whole Signalbox as of the first start.
const LIMIT_MS = 120_000
const SOON = { limitMs: 60_000 }
const JUDGE = 'strict-judge'
const CALLS = 4

let simulator: Simulator
let workspace: ServedWorkspace

beforeAll(async () => {
  simulator = createSimulator({ models: [JUDGE] })
  await simulator.listen()
  const text = JSON.stringify({ reasoning: 'It names Paris.', verdict: 'pass' })
  simulator.script.add({ type: 'answer', text, model: JUDGE, times: 100 })
  workspace = await workspaceInShared()
  const model = {
    id: JUDGE,
    upstreamModel: JUDGE,
    baseUrl: simulator.url(),
    inputUsdPerMillion: 1,
    outputUsdPerMillion: 4,
  }
  await change(workspace, 'createModel', { type: 'CreateModelInput', input: model })
}, LIMIT_MS)
afterAll(async () => {
  await simulator.close()
}, LIMIT_MS)

test(
  "answers are judged through the data plane, by Signalbox's own key; the judge's calls are records of their own that nobody judges",
  async () => {
    const variants = [{ model: 'simulator:sim-smart' }, { model: 'simulator:sim-fast' }] as const
    const { abTestId } = await makeHalves(workspace, { name: 'Judged', variants })
    const metric = { abTestId, name: 'correct', kind: 'judge-binary', judgeModel: `custom:${JUDGE}` }
    const metricId = await makeMetric(workspace, metric)
    const baseURL = `${workspace.dataPlaneUrl}/api/applications/${abTestId}/v1`
    const client = new OpenAI({ apiKey: workspace.apiKey, baseURL, maxRetries: 0 })
    const request = {
      messages: [{ role: 'user', content: 'What is the capital of France?' }],
      metadata: { expected_output: 'Paris is the capital of France.' },
    } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming
    let calls = 0
    await waitUntil(async () => {
      if (await client.chat.completions.create(request).catch(() => null)) calls += 1
      return calls === CALLS
    }, SOON)
    // A metric holds for calls after it was made, so that the first may be without.
    const scores = await waitUntil(async () => {
      const found = await scoresOf(workspace, metricId)
      return found.size > 0 && found
    }, SOON)
    expect(new Set(scores.values())).toEqual(new Set([1]))
    const judged = (await recordsOf(workspace, abTestId)).map(({ id }) => id)
    expect(judged).toEqual(expect.arrayContaining([...scores.keys()]))

    // Their records are on their way when the scores are there.
    const ofJudge = await waitUntil(async () => {
      const found = (await callsOf()).filter(({ model }) => model === JUDGE)
      return found.length > 0 && found
    }, SOON)
    for (const call of ofJudge) {
      expect(call).toMatchObject({ purpose: 'evaluation', exposure: null, keyId: 'internal:evaluation' })
    }
  },
  LIMIT_MS,
)

interface ShownCall {
  readonly model: string
  readonly purpose: string
  readonly keyId: string
  readonly exposure: object | null
}

async function callsOf(): Promise<readonly ShownCall[]> {
  const { generations } = await ask<{ generations: { nodes: readonly ShownCall[] } }>(
    workspace,
    `query($workspaceId: ID!) {
      generations(workspaceId: $workspaceId, first: 100) { nodes { model purpose keyId exposure { abTestId } } }
    }`,
  )
  return generations.nodes
}
