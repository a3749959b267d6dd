import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ZERO } from '../../shared/money/nanodollars.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { key, workspace } from '../helpers/snapshot-fixtures.ts'
import { abTest, filterRouter, routerVariant, rule, toTest, variant } from '../helpers/ab-test-fixtures.ts'
import { startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'

const QUESTION = [{ role: 'user' as const, content: 'What is the capital of France?' }]
const caller = key()
const runner = key({ id: 'internal:benchmark', purpose: 'benchmark' })
const halves = [
  { variantId: 'fast', weight: 0.5 },
  { variantId: 'smart', weight: 0.5 },
]
const twoVariants = [variant('fast'), variant('smart', { model: 'sim-smart', systemPrompt: 'Be brief.' })]
const tests = [
  abTest(),
  abTest({ id: 'empty', productionVariantId: null, variants: [] }),
  abTest({ id: 'halves', allocation: { type: 'weights', weights: halves, coverage: 1 }, variants: twoVariants }),
  abTest({
    id: 'prompted',
    variants: [
      variant('fast', { systemPrompt: 'Answer in French.', parameters: { temperature: 0.1, max_tokens: 50 } }),
    ],
  }),
  abTest({ id: 'nested', variants: [routerVariant('fast', 'router-1')] }),
  abTest({ id: 'broken', variants: [routerVariant('fast', 'broken')] }),
  abTest({ id: 'scored', captureRate: 1, evaluationRate: 1 }),
]

let plane: DataPlaneHarness

beforeAll(async () => {
  plane = await startDataPlane()
  const broken = { type: 'message-regex', target: 'any', pattern: '(' } as const
  const routers = [
    filterRouter({ defaultTarget: toTest('prompted') }),
    // The control plane lets no such rule be saved.
    filterRouter({ id: 'broken', rules: [rule('r1', broken, toTest('prompted'))] }),
  ]
  await plane.publish(workspace({ keys: [caller.key, runner.key], abTests: tests, routers }))
})
afterAll(() => plane.stop())

const path = (id: string): string => `/api/applications/${id}/v1/chat/completions`
const clientOf = (id: string): OpenAI =>
  new OpenAI({ apiKey: caller.secret, baseURL: `${plane.url}/api/applications/${id}/v1`, maxRetries: 0 })
const post = (id: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  plane.post(path(id), body as object, { apiKey: caller.secret, headers })

const recordOf = (id: string): Promise<Generation> => plane.record(id)

/** The body that the upstream was sent last. */
function lastAsked(): Record<string, unknown> {
  return plane.simulator.requests().at(-1)?.body as Record<string, unknown>
}

test('a request that names a model is answered by it, under the id with the gateway, streamed and not', async () => {
  const client = clientOf('test-1')
  const answer = await client.chat.completions.create({ model: 'simulator:sim-smart', messages: QUESTION })
  expect(answer).toMatchObject({ object: 'chat.completion', model: 'simulator:sim-smart' })
  expect(answer.id).toMatch(/^chatcmpl-/)
  expect(answer.choices[0]?.message.content).toContain('Paris')
  const stream = await client.chat.completions.create({
    model: 'simulator:sim-smart',
    messages: QUESTION,
    stream: true,
  })
  let text = ''
  for await (const chunk of stream) {
    expect(chunk).toMatchObject({ object: 'chat.completion.chunk', model: 'simulator:sim-smart' })
    text += chunk.choices[0]?.delta.content ?? ''
  }
  expect(text).toContain('Paris')
})

test('a name without a gateway means the gateway of its maker, or the one that has it', async () => {
  const answer = await clientOf('test-1').chat.completions.create({ model: 'sim-smart', messages: QUESTION })
  expect(answer.model).toBe('simulator:sim-smart')
})

test('one model, prompt and parameters are one variant, in whatever order and whatever the user says', async () => {
  const ask = async (body: object): Promise<string | undefined> => {
    const { id } = (await (await post('test-1', body)).json()) as { id: string }
    return (await recordOf(id)).exposure?.variantId
  }
  const system = { role: 'system', content: 'Be kind.' }
  const base = { model: 'simulator:sim-smart', messages: [system, ...QUESTION], temperature: 0.5, seed: 7 }
  const first = await ask(base)
  expect(first).toMatch(/^var_[0-9a-f]{24}$/)
  const turned = Object.fromEntries(Object.entries(base).toReversed())
  expect(await ask({ ...turned, messages: [system, { role: 'user', content: 'Hi' }] })).toBe(first)
  expect(await ask({ ...base, temperature: 0.6 })).not.toBe(first)
  expect(await ask({ ...base, messages: QUESTION })).not.toBe(first)
  expect(await ask({ ...base, model: 'simulator:sim-fast' })).not.toBe(first)
})

test('the record of a variant that the snapshot does not know says what it is, and of one that it knows does not', async () => {
  const ask = async (body: object): Promise<Generation> =>
    recordOf(((await (await post('test-1', body)).json()) as { id: string }).id)
  const found = await ask({ model: 'simulator:sim-smart', messages: QUESTION, top_p: 0.9 })
  expect(found.exposure?.definition).toEqual({
    gateway: 'simulator',
    model: 'sim-smart',
    systemPrompt: null,
    parameters: { top_p: 0.9 },
  })
  const known = await ask({ model: 'simulator:sim-fast', messages: QUESTION })
  expect(known.exposure).toMatchObject({ variantId: 'fast', how: 'requested', definition: null, contaminated: false })
})

test('without a model the production variant answers, with its prompt and its parameters', async () => {
  const response = await post('prompted', {
    messages: [{ role: 'system', content: 'Answer in German.' }, ...QUESTION],
    temperature: 1.5,
    metadata: { user_id: 'u1' },
  })
  const { id, model } = (await response.json()) as { id: string; model: string }
  expect(model).toBe('simulator:sim-fast')
  const asked = lastAsked()
  expect(asked).toMatchObject({ temperature: 0.1, max_tokens: 50 })
  expect(asked['messages']).toEqual([{ role: 'system', content: 'Answer in French.' }, ...QUESTION])
  expect(asked).not.toHaveProperty('metadata')
  expect((await recordOf(id)).exposure).toMatchObject({ variantId: 'fast', how: 'production', unitSource: 'user_id' })
})

test('by weights every unit keeps its variant, and both are served', async () => {
  const variantsOf = async (unit: string): Promise<Set<string>> => {
    const answers = [1, 2, 3].map(() => post('halves', { messages: QUESTION, metadata: { user_id: unit } }))
    const bodies = (await Promise.all(answers)).map((response) => response.json() as Promise<{ model: string }>)
    return new Set((await Promise.all(bodies)).map(({ model }) => model))
  }
  const perUnit = await Promise.all(Array.from({ length: 24 }, (_, unit) => variantsOf(`unit-${unit}`)))
  expect(perUnit.every((models) => models.size === 1)).toBe(true)
  expect(new Set(perUnit.flatMap((models) => [...models]))).toEqual(
    new Set(['simulator:sim-fast', 'simulator:sim-smart']),
  )
})

test('a variant that is a router answers by what the router chooses', async () => {
  const response = await post('nested', { messages: QUESTION })
  expect(response.status).toBe(200)
  expect(lastAsked()).toMatchObject({ temperature: 0.1 })
})

test('an expected output, an evaluation and a capture take the content along, and it is no part of what is asked', async () => {
  const metadata = { expected_output: 'Paris is the capital of France.' }
  const response = await post('scored', { messages: QUESTION, metadata, stream: true })
  const [, id = ''] = /"id":"(chatcmpl-[^"]+)"/.exec(await response.text()) ?? []
  const { work } = await recordOf(id)
  expect(work).toMatchObject({ evaluate: true, captureFor: ['test:scored'], messages: QUESTION, metadata })
  expect(work?.expectedOutput).toBe('Paris is the capital of France.')
  expect(JSON.stringify(work?.answer)).toContain('Paris')
  expect(JSON.stringify(lastAsked())).not.toContain('expected_output')
})

test('a run asks a variant by its id and names its cell, which is answered once; a caller cannot', async () => {
  const headers = { 'x-signalbox-variant': 'smart', 'x-signalbox-run-cell': 'cell-1' }
  const run = await plane.post(path('halves'), { messages: QUESTION }, { apiKey: runner.secret, headers })
  const { id, model } = (await run.json()) as { id: string; model: string }
  expect(model).toBe('simulator:sim-smart')
  expect(await recordOf(id)).toMatchObject({
    purpose: 'benchmark',
    runCell: 'cell-1',
    exposure: { variantId: 'smart' },
  })
  const again = await plane.post(path('halves'), { messages: QUESTION }, { apiKey: runner.secret, headers })
  expect([again.status, ((await again.json()) as { error: { code: string } }).error.code]).toEqual([409, 'cell_taken'])
  const live = await post('test-1', { messages: QUESTION }, headers)
  expect(((await live.json()) as { model: string }).model).toBe('simulator:sim-fast')
})

test('a cell whose call got no answer may be asked again', async () => {
  const headers = { 'x-signalbox-variant': 'smart', 'x-signalbox-run-cell': 'cell-2' }
  const ask = () => plane.post(path('halves'), { messages: QUESTION }, { apiKey: runner.secret, headers })
  plane.simulator.script.add({ type: 'status', status: 400, model: 'sim-smart' })
  expect((await ask()).status).toBe(400)
  await waitUntil(async () => (await ask()).status === 200)
})

test.each([
  ['bad_request', 400, 'test-1', { messages: 'hello' }],
  ['bad_request', 400, 'test-1', { model: 'simulator:sim-fast', messages: QUESTION, temperature: 3 }],
  ['bad_request', 400, 'test-1', { model: 'simulator:sim-fast', messages: QUESTION, stop: ['a', 'b', 'c', 'd', 'e'] }],
  ['bad_request', 400, 'test-1', { model: 'simulator:sim-fast', messages: QUESTION, top_logprobs: 21 }],
  ['bad_request', 400, 'test-1', { model: 'simulator:sim-fast', messages: QUESTION, metadata: 'x' }],
  ['bad_request', 400, 'test-1', { messages: QUESTION, metadata: { expected_output: 5 } }],
  ['bad_request', 400, 'test-1', '{"messages":'],
  ['model_required', 400, 'empty', { messages: QUESTION }],
  ['model_not_found', 404, 'test-1', { model: 'openai:gpt-none', messages: QUESTION }],
  ['application_not_found', 404, 'nothing-here', { messages: QUESTION }],
  ['internal_error', 500, 'broken', { messages: QUESTION }],
])('%s (%i) is told in the words of the API', async (code, status, id, body) => {
  const response = await post(id, body)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ error: { code, message: expect.any(String) as string } })
})

test('a key that is no good, and a balance that is too small, are told in the words of the API', async () => {
  const refused = await plane.post(path('test-1'), { messages: QUESTION }, { apiKey: key().secret })
  expect(refused.status).toBe(401)
  expect(await refused.json()).toMatchObject({ error: { code: 'invalid_api_key' } })
  const poor = key()
  await plane.publish(workspace({ workspaceId: 'poor', keys: [poor.key], abTests: tests }))
  await plane.credits.seed('poor', ZERO)
  const unpaid = await plane.post(path('test-1'), { messages: QUESTION }, { apiKey: poor.secret })
  expect(unpaid.status).toBe(402)
  expect(await unpaid.json()).toMatchObject({ error: { code: 'insufficient_credits' } })
})

test('a score is refused with its reason before anybody is asked about the response', async () => {
  const send = (body: unknown, id = 'test-1') =>
    plane.post(`/api/applications/${id}/quality`, body as object, { apiKey: caller.secret })
  const score = { response_id: 'gen-abc123', metric_name: 'custom_eslint_errors', value: 4 }
  const codeOf = async (response: Response) => [
    response.status,
    ((await response.json()) as { error: { code: string } }).error.code,
  ]
  expect(await codeOf(await send(score))).toEqual([404, 'response_not_found'])
  expect(await codeOf(await send(score, 'nothing-here'))).toEqual([404, 'application_not_found'])
  expect(await codeOf(await send({ ...score, metric_name: 'eslint' }))).toEqual([400, 'bad_request'])
  expect(await codeOf(await send({ ...score, value: 'four' }))).toEqual([400, 'bad_request'])
  expect(await codeOf(await send('{'))).toEqual([400, 'bad_request'])
})
