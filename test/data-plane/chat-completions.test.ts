import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHAT, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let plane: DataPlaneHarness
let client: OpenAI

beforeAll(async () => {
  plane = await startDataPlane()
  client = new OpenAI({ apiKey: plane.apiKey, baseURL: `${plane.url}/v1`, maxRetries: 0 })
})
afterAll(() => plane.stop())

test('a chat completion carries the id, the model and the routing block of the API, and the headers of the call', async () => {
  const response = await plane.post('/v1/chat/completions', CHAT)
  const body = (await response.json()) as { id: string; choices: { message: { content: string } }[] }
  expect(response.status).toBe(200)
  expect(body).toMatchObject({ object: 'chat.completion', model: 'sim-fast', routing: { selected: 'sim-fast' } })
  expect(body.choices[0]?.message.content).toContain('Paris')
  expect(body.id).toBe(`nrc_${response.headers.get('x-nr-generation-id')}`)
  expect(response.headers.get('x-nr-model')).toBe('sim-fast')
  expect(response.headers.get('server-timing')).toMatch(/^gateway;dur=[\d.]+, upstream;dur=[\d.]+$/)
})

test('the official client chats, streams, embeds and lists models', async () => {
  const chat = await client.chat.completions.create({ model: 'sim-smart', messages: [{ role: 'user', content: 'Hi' }] })
  expect(chat.choices[0]?.message.content).toBeTruthy()

  const stream = await client.chat.completions.create({
    model: 'sim-fast',
    messages: [{ role: 'user', content: 'What is the capital of France?' }],
    stream: true,
    stream_options: { include_usage: true },
  })
  let text = ''
  let usage
  for await (const chunk of stream) {
    expect(chunk.id).toMatch(/^nrc_/)
    text += chunk.choices[0]?.delta.content ?? ''
    usage = chunk.usage ?? usage
  }
  expect(text).toContain('Paris')
  expect(usage?.total_tokens).toBeGreaterThan(0)

  const embeddings = await client.embeddings.create({ model: 'sim-embedding', input: ['one', 'two'] })
  expect(embeddings.data).toHaveLength(2)
  expect(embeddings.data[0]?.embedding.length).toBeGreaterThan(0)

  const models = await client.models.list()
  expect(models.data.map(({ id }) => id).slice(0, 3)).toEqual(['sim-fast', 'sim-smart', 'sim-embedding'])
  expect((await client.models.retrieve('sim-fast')).id).toBe('sim-fast')
})

test('a stream brings usage only to those who asked for it, and always ends with [DONE]', async () => {
  const read = async (body: object): Promise<string> => (await plane.post('/v1/chat/completions', body)).text()
  const without = await read({ ...CHAT, stream: true })
  const withUsage = await read({ ...CHAT, stream: true, stream_options: { include_usage: true } })
  expect(without).not.toContain('"usage":{')
  expect(withUsage).toContain('"usage":{')
  expect(without.endsWith('data: [DONE]\n\n')).toBe(true)
  expect(withUsage.endsWith('data: [DONE]\n\n')).toBe(true)
})

test('fields that Signalbox does not know pass through both ways', async () => {
  plane.simulator.forgetRequests()
  plane.simulator.script.add({ type: 'answer', text: 'hello', extra: { service_tier: 'flex', x_new: { deep: [1] } } })
  const response = await plane.post('/v1/chat/completions', { ...CHAT, x_unheard_of: { a: 1 }, seed: 7 })
  expect(await response.json()).toMatchObject({ service_tier: 'flex', x_new: { deep: [1] } })
  expect(plane.simulator.requests()[0]?.body).toMatchObject({ x_unheard_of: { a: 1 }, seed: 7 })
})

test('a request that needs no change reaches the provider, without the caller’s key', async () => {
  plane.simulator.forgetRequests()
  await plane.post('/v1/chat/completions', CHAT)
  const [request] = plane.simulator.requests()
  expect(request?.body).toEqual(CHAT)
  expect(JSON.stringify(request?.headers)).not.toContain(plane.apiKey)
})

test('each call is recorded with its tokens, cost, charge, times and attempts', async () => {
  const response = await plane.post('/v1/chat/completions', { ...CHAT, stream: true })
  await response.text()
  const id = response.headers.get('x-nr-generation-id')
  const record = await waitUntil(async () => (await plane.generations(1)).find((generation) => generation.id === id))
  expect(record).toMatchObject({
    workspaceId: 'workspace-1',
    status: 'succeeded',
    stream: true,
    requestedModel: 'sim-fast',
    model: 'sim-fast',
    gateway: 'simulator',
    paidBy: 'credits',
    priceVersion: 'test-1',
    finishReason: 'stop',
    attempts: [{ gateway: 'simulator', outcome: 'answered', status: 200 }],
  })
  const { usage, costNanodollars, chargeNanodollars, latencyMs, timeToFirstTokenMs } = record
  expect(usage?.estimated).toBe(false)
  expect(costNanodollars).toBe((usage?.uncachedInputTokens ?? 0) * 1_000 + (usage?.outputTokens ?? 0) * 4_000)
  expect(chargeNanodollars).toBe(Math.round((costNanodollars ?? 0) * 1.25))
  expect(timeToFirstTokenMs).toBeGreaterThan(0)
  expect(latencyMs).toBeGreaterThanOrEqual(timeToFirstTokenMs ?? Infinity)
})

test('the balance falls by exactly the charges of the calls', async () => {
  const before = await waitUntil(async () => {
    const now = await plane.credits.read('workspace-1')
    return now?.reserved === 0 && now
  })
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, index) => plane.post('/v1/chat/completions', { ...CHAT, stream: index % 2 === 0 })),
  )
  await Promise.all(responses.map((response) => response.text()))
  const ids = new Set(responses.map((response) => response.headers.get('x-nr-generation-id')))
  const records = await waitUntil(async () => {
    const mine = (await plane.generations(20)).filter(({ id }) => ids.has(id))
    return mine.length === 20 && mine
  })
  const charged = records.reduce((sum, record) => sum + record.chargeNanodollars, 0)
  const after = await waitUntil(async () => {
    const now = await plane.credits.read('workspace-1')
    return now?.reserved === 0 && now
  })
  expect(charged).toBeGreaterThan(0)
  expect(before.balance - after.balance).toBe(charged)
})
