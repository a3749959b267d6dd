import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Step } from '../../shared/embedded/simulator/script.ts'
import { errorOf } from '../helpers/data-plane-harness.ts'
import { chunksOf, startTwoProviders, type TwoProviders } from '../helpers/two-providers.ts'

/** What a caller who asks for a form gets, pays and finds in the record. */
let world: TwoProviders
beforeAll(async () => {
  world = await startTwoProviders()
})
afterAll(() => world.plane.stop())

const CITY = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer' } },
  required: ['city', 'people'],
  additionalProperties: false,
}
const strict = (schema: object = CITY): object => ({
  response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema } },
})
const JSON_OBJECT = { response_format: { type: 'json_object' } }
const GOOD = '{"city":"Paris","people":2102650}'
const BAD = '{"city":"Paris","people":"two million and some"}'
const ONLY_FIRST = { provider: { only: ['simulator'] } }

const answer = (text: string, changes: object = {}): Step => ({ type: 'answer', text, ...changes })

interface Answer {
  readonly choices: readonly { readonly message: { readonly content: string }; readonly finish_reason: string }[]
  readonly routing: Record<string, unknown>
}

const play = (model: string, ...steps: Step[]): void =>
  world.plane.simulator.script.add(...steps.map((step) => ({ ...step, model })))

test('an answer that conforms goes out as it came, and says that it conforms', async () => {
  const twin = world.next()
  play(twin.first, answer(GOOD))
  const body = (await (await world.chat(twin, strict())).json()) as Answer
  expect(body.choices[0]?.message.content).toBe(GOOD)
  expect(body.routing).toMatchObject({ schema_valid: true, fallback_used: false })
})

test('a request that promises no form is told nothing of one', async () => {
  const twin = world.next()
  for (const fields of [{}, { response_format: { type: 'text' } }, { response_format: null }]) {
    play(twin.first, answer('not JSON at all'))
    const body = (await (await world.chat(twin, fields)).json()) as Answer
    expect(body.routing).not.toHaveProperty('schema_valid')
  }
})

test('a schema that is not strict is a wish: what does not follow it goes out', async () => {
  const twin = world.next()
  play(twin.first, answer(BAD))
  const format = { type: 'json_schema', json_schema: { name: 'city', strict: false, schema: CITY } }
  const body = (await (await world.chat(twin, { response_format: format })).json()) as Answer
  expect(body.choices[0]?.message.content).toBe(BAD)
})

test('an answer that does not conform moves on to the next candidate, and only what went out is charged', async () => {
  const twin = world.next()
  play(twin.first, answer(BAD, { usage: { prompt_tokens: 100, completion_tokens: 10 } }))
  play(twin.second, answer(GOOD, { usage: { prompt_tokens: 200, completion_tokens: 20 } }))
  const response = await world.chat(twin, strict())
  const body = (await response.json()) as Answer
  expect(response.status).toBe(200)
  expect(response.headers.get('x-nr-gateway')).toBe('openai')
  expect(body.choices[0]?.message.content).toBe(GOOD)
  expect(body.routing).toMatchObject({
    fallback_used: true,
    schema_valid: true,
    attempts: [
      { gateway: 'simulator', outcome: 'invalid-output', status: 200 },
      { gateway: 'openai', outcome: 'answered', status: 200 },
    ],
  })
  expect(body.routing['reason']).toMatch(/; Simulator gave an answer that does not conform, so OpenAI answered$/)

  const record = await world.recordOf(response)
  const cost = 200 * 1_000 + 20 * 4_000
  expect(record).toMatchObject({ costNanodollars: cost, chargeNanodollars: cost * 1.25 })
  expect(record.attempts[0]).toMatchObject({
    detail: '`/people` must be of type integer',
    costNanodollars: 100 * 1_000 + 10 * 4_000,
  })
  expect(record.attempts[1]?.costNanodollars).toBeNull()
})

test('after a second answer that does not conform the caller is told what is wrong, and pays nothing', async () => {
  const twin = world.next()
  play(twin.first, answer(BAD))
  play(twin.second, answer(BAD))
  const response = await world.chat(twin, strict())
  const text = await response.text()
  expect(response.status).toBe(502)
  expect(JSON.parse(text)).toMatchObject({
    error: {
      type: 'invalid_output',
      message: `\`${twin.id}\` answered, but not as \`response_format\` asks: \`/people\` must be of type integer.`,
    },
  })
  expect(text).not.toContain('two million')
  expect(await world.recordOf(response)).toMatchObject({
    status: 'failed',
    errorCode: 'invalid_output',
    chargeNanodollars: 0,
    attempts: [{ outcome: 'invalid-output' }, { outcome: 'invalid-output' }],
  })
  expect(world.askedOf(twin.first) + world.askedOf(twin.second)).toBe(2)
})

test('where there is nobody else the same provider is asked once more', async () => {
  const twin = world.next()
  play(twin.first, answer(BAD), answer(GOOD))
  const response = await world.chat(twin, { ...strict(), ...ONLY_FIRST })
  const body = (await response.json()) as Answer
  expect(body.choices[0]?.message.content).toBe(GOOD)
  expect(body.routing).toMatchObject({ fallback_used: false })
  expect(world.askedOf(twin.first)).toBe(2)
})

test('answers that do not conform are no outage: the endpoint is asked again', async () => {
  const twin = world.next()
  play(twin.first, { ...answer(BAD), times: 12 })
  for (let round = 0; round < 6; round += 1) {
    expect((await world.chat(twin, { ...strict(), ...ONLY_FIRST })).status).toBe(502)
  }
  expect((await world.chat(twin, ONLY_FIRST)).status).toBe(200)
})

test.each([
  ['is not JSON', 'Paris, of course'],
  ['is fenced', '```json\n{}\n```'],
  ['is cut', '{"city":"Pa'],
  ['is a list', '[{}]'],
  ['is null', 'null'],
  ['is empty', ''],
])('for json_object an answer that %s is not passed on', async (_what, text) => {
  const twin = world.next()
  play(twin.first, answer(text), answer(text))
  const response = await world.chat(twin, { ...JSON_OBJECT, ...ONLY_FIRST })
  expect(response.status).toBe(502)
  expect((await errorOf(response)).message).toMatch(/the answer is not (valid JSON|a JSON object)\.$/)
})

test.each<[string, Step]>([
  ['was cut short by its length', answer('{"city":"Pa', { finishReason: 'length' })],
  ['was stopped by a filter', answer('', { finishReason: 'content_filter' })],
  ['calls a tool', { type: 'answer', toolCalls: [{ name: 'look_up', arguments: { city: 'Paris' } }] }],
  [
    'is a refusal',
    {
      type: 'status',
      status: 200,
      body: {
        object: 'chat.completion',
        choices: [
          { index: 0, message: { role: 'assistant', content: null, refusal: 'I will not.' }, finish_reason: 'stop' },
        ],
      },
    },
  ],
])('an answer that %s is what it says it is, and nothing is said of its form', async (_what, step) => {
  const twin = world.next()
  play(twin.first, step)
  const response = await world.chat(twin, strict())
  const body = (await response.json()) as Answer
  expect(response.status).toBe(200)
  expect(body.routing).toMatchObject({ schema_valid: null, fallback_used: false })
  expect((await world.recordOf(response)).chargeNanodollars).toBeGreaterThan(0)
})

test.each<[string, object, string]>([
  ['refers outside', { $ref: 'https://example.com/city' }, 'its `/$ref` must refer to a schema inside this one'],
  ['looks around', { pattern: '(?<=a)b' }, 'its `/pattern` must be a regular expression without lookaround'],
  ['is malformed', { type: 'city' }, 'its `/type` must be a type of JSON'],
])('a schema that %s is refused before anybody is asked', async (_what, schema, rule) => {
  const twin = world.next()
  const response = await world.chat(twin, strict(schema))
  expect(response.status).toBe(400)
  const error = await errorOf(response)
  expect(error).toMatchObject({ type: 'invalid_request', param: 'response_format.json_schema.schema' })
  expect(error.message).toContain(rule)
  expect(world.askedOf(twin.first) + world.askedOf(twin.second)).toBe(0)
})

test('a stream says at its end whether it conforms, in a last chunk that clients pass over', async () => {
  const twin = world.next()
  play(twin.first, answer(GOOD))
  const text = await (await world.chat(twin, { ...strict(), stream: true })).text()
  const chunks = chunksOf(text)
  expect(chunks.at(-1)).toMatchObject({
    object: 'chat.completion.chunk',
    model: twin.id,
    choices: [{ index: 0, delta: {}, finish_reason: null }],
    routing: { selected: twin.id, schema_valid: true },
  })
  expect(chunks[0]?.['routing']).not.toHaveProperty('schema_valid')
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
})

test('a stream that does not conform is not passed off as valid, is charged, and the record says what is wrong', async () => {
  const twin = world.next()
  play(twin.first, answer(BAD))
  const fields = { ...strict(), stream: true, stream_options: { include_usage: true } }
  const response = await world.chat(twin, fields)
  const chunks = chunksOf(await response.text())
  expect(chunks.at(-1)?.['routing']).toMatchObject({
    schema_valid: false,
    schema_violation: '`/people` must be of type integer',
  })
  const record = await world.recordOf(response)
  expect(record).toMatchObject({
    status: 'succeeded',
    attempts: [{ outcome: 'answered', detail: '`/people` must be of type integer' }],
  })
  expect(record.chargeNanodollars).toBeGreaterThan(0)
})

test('a stream that was cut says that, and nothing of its form', async () => {
  const twin = world.next()
  play(twin.first, { type: 'cut-mid-stream', afterChunks: 3 })
  const text = await (await world.chat(twin, { ...strict(), stream: true })).text()
  expect(text).not.toContain('schema_valid')
  expect(text).not.toContain('[DONE]')
  expect(text).toContain('stream_truncated')
})

test('a stream that calls a tool, or that its length cut short, is not judged', async () => {
  for (const step of [
    { type: 'answer', toolCalls: [{ name: 'look_up', arguments: {} }] },
    answer('{"city":"Pa', { finishReason: 'length' }),
  ] satisfies Step[]) {
    const twin = world.next()
    play(twin.first, step)
    const chunks = chunksOf(await (await world.chat(twin, { ...strict(), stream: true })).text())
    expect(chunks.at(-1)?.['routing']).toMatchObject({ schema_valid: null })
  }
})

test('the official client parses strict answers, whole and streamed', async () => {
  const { plane } = world
  const client = new OpenAI({ apiKey: plane.apiKey, baseURL: `${plane.url}/v1`, maxRetries: 0 })
  const twin = world.next()
  const request = {
    model: twin.id,
    messages: [{ role: 'user' as const, content: 'Which city?' }],
    response_format: { type: 'json_schema' as const, json_schema: { name: 'city', strict: true, schema: CITY } },
  }
  const parsed = await client.chat.completions.parse(request)
  expect(parsed.choices[0]?.message.parsed).toMatchObject({ city: expect.any(String), people: expect.any(Number) })
  const stream = client.chat.completions.stream({ ...request, stream_options: { include_usage: true } })
  const completion = await stream.finalChatCompletion()
  expect(completion.choices).toHaveLength(1)
  expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop' })
  expect(completion.choices[0]?.message.parsed).toMatchObject({ people: expect.any(Number) })
  expect(completion.usage?.total_tokens).toBeGreaterThan(0)
})

test('what left the balance is what the records say, answers that nobody was given included', async () => {
  const { calls, charged } = await world.booksBalance()
  expect(calls).toBeGreaterThan(25)
  expect(charged).toBeGreaterThan(0)
})

test('the metric of what upstreams ask counts the answers that nobody was given', async () => {
  const { plane } = world
  const { calls } = await world.booksBalance()
  const records = await plane.generations(calls)
  const costs = records.flatMap(({ costNanodollars, attempts }) => [costNanodollars, ...attempts.map(unusedCost)])
  const metrics = await (await fetch(`${plane.url}/metrics`)).text()
  const shown = [...metrics.matchAll(/^signalbox_upstream_cost_usd_total\{.*\} (\S+)$/gm)].map(([, dollars]) =>
    Number(dollars),
  )
  expect(sum(shown)).toBeCloseTo(sum(costs.map(Number)) / 1e9, 9)
  expect(sum(records.flatMap(({ attempts }) => attempts.map(unusedCost)))).toBeGreaterThan(0)
})

const unusedCost = ({ costNanodollars }: { costNanodollars: number | null }): number => costNanodollars ?? 0
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
