import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { makeHalves, makeMetric, recordsOf, scoresOf } from '../helpers/ab-test-client.ts'
import { ask } from '../helpers/ask.ts'
import { sharedDemo } from '../helpers/shared-signalbox.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// Seconds, not milliseconds: hundreds of calls are made to a whole Signalbox as of the first start.
const LIMIT_MS = 120_000
const SOON = { limitMs: 60_000 }
/** Set to 2000 for the full size. */
const CALLS = Number(process.env['AB_TEST_CALLS'] ?? 200)
/** The published pages call this model at this gateway. */
const MODEL = 'gpt-4'

const workspace = sharedDemo()
let simulator: Simulator

beforeAll(async () => {
  simulator = createSimulator({ models: [MODEL] })
  await simulator.listen()
  await ask(
    workspace,
    `mutation($workspaceId: ID!, $input: CreateCredentialInput!) {
      createCredential(workspaceId: $workspaceId, input: $input) { id }
    }`,
    { input: { name: 'openai', gateway: 'openai', secret: 'sk-simulated-0001', baseUrl: simulator.url() } },
  )
  await waitUntil(async () => {
    const client = new OpenAI({ apiKey: workspace.apiKey, baseURL: `${workspace.dataPlaneUrl}/v1` })
    return (await client.models.list()).data.some(({ id }) => id === MODEL)
  }, SOON)
}, LIMIT_MS)
afterAll(async () => {
  await simulator.close()
}, LIMIT_MS)

const application = (id = workspace.applicationId): OpenAI =>
  new OpenAI({
    apiKey: workspace.apiKey,
    baseURL: `${workspace.dataPlaneUrl}/api/applications/${id}/v1`,
    maxRetries: 0,
  })

const FRANCE = { role: 'user' as const, content: 'What is the capital of France?' }
const SYSTEM = { role: 'system' as const, content: 'You are a helpful geography expert.' }

/** The requests of the page on the application API, in its order; `extra_body` is what the JavaScript client takes as it is. */
const PAGE: readonly (readonly [name: string, request: object])[] = [
  ['basic', { model: 'openai:gpt-4', messages: [FRANCE] }],
  ['with system prompt', { model: 'openai:gpt-4', messages: [SYSTEM, FRANCE] }],
  [
    'with parameters',
    {
      model: 'openai:gpt-4',
      messages: [{ role: 'user', content: 'Write a creative story.' }],
      temperature: 0.9,
      max_tokens: 500,
      top_p: 0.95,
    },
  ],
  [
    'with advanced parameters',
    {
      model: 'openai:gpt-4',
      messages: [{ role: 'user', content: 'Generate a product description.' }],
      temperature: 0.7,
      max_tokens: 200,
      frequency_penalty: 0.5,
      presence_penalty: 0.3,
      stop: ['\n\n', 'END'],
      seed: 42,
    },
  ],
  [
    'with JSON response format',
    {
      model: 'openai:gpt-4',
      messages: [{ role: 'user', content: 'Return user data in JSON format.' }],
      response_format: { type: 'json_object' },
    },
  ],
  [
    'with quality evaluation',
    {
      model: 'openai:gpt-4',
      messages: [FRANCE],
      metadata: { expected_output: 'Paris is the capital of France.' },
    },
  ],
]

test.each(PAGE)(
  'the request “%s” of the application API’s page is answered, whole and streamed',
  async (_name, request) => {
    if ('response_format' in request) simulator.script.add({ type: 'answer', text: '{"name":"Ada"}', times: 2 })
    const whole = await application().chat.completions.create(request as OpenAI.ChatCompletionCreateParamsNonStreaming)
    expect(whole).toMatchObject({ object: 'chat.completion', model: 'openai:gpt-4' })
    expect(whole.id).toMatch(/^chatcmpl-/)
    expect(whole.choices[0]?.message.role).toBe('assistant')
    expect(whole.usage?.total_tokens).toBeGreaterThan(0)
    const stream = await application().chat.completions.create({
      ...(request as OpenAI.ChatCompletionCreateParamsStreaming),
      stream: true,
    })
    let text = ''
    for await (const chunk of stream) {
      expect(chunk).toMatchObject({ object: 'chat.completion.chunk', model: 'openai:gpt-4' })
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text).toBe(whole.choices[0]?.message.content)
  },
)

/** The requests of the page on the router API. */
const ROUTED: readonly (readonly [name: string, request: object])[] = [
  [
    'with metadata',
    {
      messages: [{ role: 'user', content: 'Analyze this code' }],
      metadata: { user_tier: 'premium', task_type: 'code_review', complexity: 'high' },
    },
  ],
  ['basic', { messages: [FRANCE] }],
  ['with system prompt', { messages: [SYSTEM, FRANCE] }],
  ['streaming', { messages: [{ role: 'user', content: 'Tell me a story.' }], stream: true }],
]

test.each(ROUTED)(
  'the request “%s” of the router API’s page is answered, whole and streamed',
  async (_name, request) => {
    const { apiKey, dataPlaneUrl, routerId } = workspace
    const client = new OpenAI({ apiKey, baseURL: `${dataPlaneUrl}/api/router/${routerId}/v1`, maxRetries: 0 })
    const whole = await client.chat.completions.create({ ...request, stream: false } as never)
    expect(whole).toMatchObject({ object: 'chat.completion', model: 'simulator:sim-fast' })
    const stream: unknown = await client.chat.completions.create({ ...request, stream: true } as never)
    let text = ''
    for await (const chunk of stream as AsyncIterable<OpenAI.ChatCompletionChunk>) {
      expect(chunk.model).toBe('simulator:sim-fast')
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text).not.toBe('')
  },
)

interface MetricRow {
  readonly metric: string
  readonly count: number
  readonly mean: number
}

test(
  `the means of ${CALLS} live calls, with scores, are those of the records; a caller's own scores likewise`,
  async () => {
    const { abTestId } = await makeHalves(workspace, {
      name: 'Two prompts',
      variants: [{ model: 'simulator:sim-smart' }, { model: 'simulator:sim-fast', parameters: { max_tokens: 1 } }],
    })
    const accuracy = await makeMetric(workspace, { abTestId, name: 'accuracy', kind: 'fuzzy-match' })
    const errors = await makeMetric(workspace, {
      abTestId,
      name: 'custom_eslint_errors',
      kind: 'custom',
      direction: 'lower',
    })
    const client = application(abTestId)
    // People who never come again, until the weights are served.
    let early = 0
    await waitUntil(async () => {
      const answer = await client.chat.completions.create(callOf(`early-${early}`)).catch(() => null)
      if (answer) early += 1
      return answer?.model === 'simulator:sim-fast'
    }, SOON)
    for (let call = 0; call < CALLS; call += 20) {
      const batch = Array.from({ length: Math.min(20, CALLS - call) }, (_, index) => call + index)
      await Promise.all(batch.map((each) => client.chat.completions.create(callOf(`user-${Math.floor(each / 3)}`))))
    }
    const records = await waitUntil(async () => {
      const all = await recordsOf(workspace, abTestId)
      return all.length === early + CALLS && all
    }, SOON)
    const own = new Map(records.map(({ id }, index) => [id, index % 7]))
    for (const [id, value] of own) expect(await sendScore(abTestId, { id, value })).toMatchObject({ replaced: false })
    const [first = ''] = own.keys()
    own.set(first, 40)
    expect(await sendScore(abTestId, { id: first, value: 40 })).toMatchObject({ replaced: true })

    const compared = await waitUntil(async () => {
      const variants = await compare(abTestId, ['total_latency', 'cost', accuracy, errors])
      const isWhole = variants.reduce((sum, { metrics }) => sum + countOf(metrics, accuracy), 0) === early + CALLS
      return isWhole && variants
    }, SOON)
    expect(compared).toHaveLength(2)
    const scores = await scoresOf(workspace, accuracy)
    for (const { variantId, metrics } of compared) {
      const mine = records.filter(({ exposure }) => exposure.variantId === variantId)
      const expected = {
        [metrics[0]?.metric ?? '']: mean(mine.map(({ latencyMs }) => latencyMs)),
        [metrics[1]?.metric ?? '']: mean(mine.map(({ cost }) => cost)),
        [accuracy]: mean(mine.map(({ id }) => scores.get(id) ?? Number.NaN)),
        [errors]: mean(mine.map(({ id }) => own.get(id) ?? Number.NaN)),
      }
      for (const { metric, count, mean: told } of metrics) {
        expect([metric, count]).toEqual([metric, mine.length])
        expect(told).toBeCloseTo(expected[metric] ?? Number.NaN, 9)
      }
    }
    const byUnit = Map.groupBy(records, ({ exposure }) => exposure.unitId)
    expect(
      [...byUnit.values()].every((calls) => new Set(calls.map(({ exposure }) => exposure.variantId)).size === 1),
    ).toBe(true)
  },
  LIMIT_MS,
)

function callOf(user: string): OpenAI.ChatCompletionCreateParamsNonStreaming {
  const metadata = { user_id: user, expected_output: 'Paris is the capital of France.' }
  return { messages: [FRANCE], metadata } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming
}

async function sendScore(abTestId: string, { id, value }: { id: string; value: number }): Promise<unknown> {
  const { dataPlaneUrl, apiKey } = workspace
  const response = await fetch(`${dataPlaneUrl}/api/applications/${abTestId}/quality`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ response_id: `chatcmpl-${id}`, metric_name: 'custom_eslint_errors', value }),
  })
  return response.json()
}

async function compare(abTestId: string, metrics: readonly string[]) {
  const { variantComparison } = await ask<{
    variantComparison: { variants: readonly { variantId: string; metrics: readonly MetricRow[] }[] }
  }>(
    workspace,
    `query($workspaceId: ID!, $abTestId: ID!, $metrics: [String!]) {
      variantComparison(workspaceId: $workspaceId, abTestId: $abTestId, metrics: $metrics) {
        variants { variantId metrics { metric count mean } }
      }
    }`,
    { abTestId, metrics },
  )
  return variantComparison.variants
}

function countOf(metrics: readonly MetricRow[], metric: string): number {
  return metrics.find((row) => row.metric === metric)?.count ?? 0
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
