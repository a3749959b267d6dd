import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ZERO } from '../../shared/money/nanodollars.ts'
import type { Condition } from '../../shared/routers/condition-schema.ts'
import {
  abTest,
  filterRouter,
  routerVariant,
  rule,
  sequentialRouter,
  toTest,
  variant,
} from '../helpers/ab-test-fixtures.ts'
import { startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { key, workspace } from '../helpers/snapshot-fixtures.ts'

const QUESTION = [{ role: 'user' as const, content: 'What is the capital of France?' }]
const caller = key()
const premium: Condition = { type: 'metadata-equals', path: 'user_tier', value: 'premium', caseSensitive: false }
const code: Condition = { type: 'message-contains', target: 'last-user', text: 'code', caseSensitive: false }
const broken: Condition = { type: 'message-regex', target: 'any', pattern: '(' }
const onlyPremium = filterRouter({ id: 'only-premium', rules: [rule('r1', premium, toTest('smart'))] })

let plane: DataPlaneHarness
let down: string

beforeAll(async () => {
  plane = await startDataPlane()
  down = plane.spareModel()
  const tests = [
    abTest({ id: 'smart', variants: [variant('fast', { model: 'sim-smart', parameters: { temperature: 0.2 } })] }),
    abTest({ id: 'fast', variants: [variant('fast', { systemPrompt: 'Be quick.' })] }),
    abTest({ id: 'down', variants: [variant('fast', { model: down })] }),
    abTest({ id: 'empty', productionVariantId: null }),
    abTest({ id: 'round', variants: [routerVariant('fast', 'round')] }),
  ]
  const routers = [
    filterRouter({
      rules: [rule('r1', premium, toTest('smart')), rule('r2', code, toTest('empty'))],
      defaultTarget: toTest('fast'),
    }),
    onlyPremium,
    filterRouter({ id: 'none' }),
    // The control plane lets no such rule be saved.
    filterRouter({ id: 'broken', rules: [rule('r1', broken, toTest('fast'))] }),
    filterRouter({ id: 'round', defaultTarget: toTest('round') }),
    filterRouter({ id: 'capturing', defaultTarget: toTest('fast'), capture: { benchmarkId: 'bench-1', rate: 1 } }),
    sequentialRouter([toTest('down'), { type: 'model', model: 'simulator:sim-smart' }]),
  ]
  await plane.publish(workspace({ keys: [caller.key], abTests: tests, routers }))
})
afterAll(() => plane.stop())

const post = (id: string, body: unknown): Promise<Response> =>
  plane.post(`/api/router/${id}/v1/chat/completions`, body as object, { apiKey: caller.secret })
const lastAsked = () => plane.simulator.requests().at(-1)?.body as Record<string, unknown>

test('the first rule that matches says whose production variant answers, for the official client, streamed and not', async () => {
  const client = new OpenAI({ apiKey: caller.secret, baseURL: `${plane.url}/api/router/router-1/v1`, maxRetries: 0 })
  const metadata = { user_tier: 'premium', task_type: 'code_review', complexity: 'high' }
  const body = { messages: [{ role: 'user', content: 'Analyze this code' }], metadata } as never
  const answer = await client.chat.completions.create(body)
  expect(answer).toMatchObject({ object: 'chat.completion', model: 'simulator:sim-smart' })
  const stream = await client.chat.completions.create({ ...(body as object), stream: true } as never)
  let chunks = 0
  for await (const chunk of stream as unknown as AsyncIterable<{ model: string }>) {
    expect(chunk.model).toBe('simulator:sim-smart')
    chunks += 1
  }
  expect(chunks).toBeGreaterThan(1)
  const record = await plane.record(answer.id)
  expect(record).toMatchObject({
    surface: 'router',
    routerId: 'router-1',
    ruleId: 'r1',
    exposure: { abTestId: 'smart', variantId: 'fast', how: 'production', contaminated: false },
  })
})

test('what the request says of generation is ignored, whatever it is; the variant decides', async () => {
  const metadata = { user_tier: 'premium' }
  const nonsense = { model: 5, temperature: 'hot', top_p: 9, max_tokens: -1, response_format: 'x', stop: 3 }
  const response = await post('router-1', { messages: QUESTION, metadata, ...nonsense })
  expect(response.status).toBe(200)
  expect(lastAsked()).toEqual({ model: 'sim-smart', messages: QUESTION, temperature: 0.2 })
})

test('what no rule matches goes to the default, whose prompt replaces the request’s own', async () => {
  const response = await post('router-1', { messages: [{ role: 'system', content: 'Be slow.' }, ...QUESTION] })
  expect(((await response.json()) as { model: string }).model).toBe('simulator:sim-fast')
  expect(lastAsked()['messages']).toEqual([{ role: 'system', content: 'Be quick.' }, ...QUESTION])
})

test('a sequential router goes on where its first step fails, and the record says that another answered', async () => {
  plane.simulator.script.add({ type: 'status', status: 503, model: down, times: 1_000 })
  const response = await post('router-2', { messages: QUESTION })
  const { id, model } = (await response.json()) as { id: string; model: string }
  expect([response.status, model]).toEqual([200, 'simulator:sim-smart'])
  const record = await plane.record(id)
  expect(record.exposure).toMatchObject({ abTestId: 'down', contaminated: true })
})

test('a router that saves prompts has the record take them along, without the answer', async () => {
  const { id } = (await (await post('capturing', { messages: QUESTION })).json()) as { id: string }
  const { work } = await plane.record(id)
  expect(work).toMatchObject({ captureFor: ['bench-1'], evaluate: false, messages: QUESTION })
  // Nobody has asked for it.
  expect(work).not.toHaveProperty('answer')
})

test.each([
  ['bad_request', 400, 'router-1', { messages: [] }],
  ['bad_request', 400, 'router-1', { messages: QUESTION, metadata: [] }],
  ['no_filters_configured', 400, 'none', { messages: QUESTION }],
  ['no_filters_configured', 400, 'only-premium', { messages: QUESTION }],
  ['no_production_variant', 400, 'router-1', { messages: [{ role: 'user', content: 'some code' }] }],
  ['router_not_found', 404, 'nothing-here', { messages: QUESTION }],
  ['router_not_found', 404, 'round', { messages: QUESTION }],
  ['internal_error', 500, 'broken', { messages: QUESTION }],
])('%s (%i) is told in the words of the API', async (code, status, id, body) => {
  const response = await post(id, body)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ error: { code, message: expect.any(String) as string } })
})

test('a key that is no good, and a balance that is too small, are told in the words of the API', async () => {
  const path = '/api/router/router-1/v1/chat/completions'
  const refused = await plane.post(path, { messages: QUESTION }, { apiKey: key().secret })
  expect([refused.status, await refused.json()]).toMatchObject([401, { error: { code: 'invalid_api_key' } }])
  const poor = key()
  const routers = [filterRouter({ defaultTarget: toTest('fast') })]
  await plane.publish(workspace({ workspaceId: 'poor', keys: [poor.key], abTests: [abTest({ id: 'fast' })], routers }))
  await plane.credits.seed('poor', ZERO)
  const unpaid = await plane.post(path, { messages: QUESTION }, { apiKey: poor.secret })
  expect([unpaid.status, await unpaid.json()]).toMatchObject([402, { error: { code: 'insufficient_credits' } }])
})
