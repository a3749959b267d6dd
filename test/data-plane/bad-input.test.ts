import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiKey } from '../../shared/secrets/api-key.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { key, model, workspace } from '../helpers/snapshot-fixtures.ts'

let plane: DataPlaneHarness
beforeAll(async () => {
  plane = await startDataPlane()
})
afterAll(() => plane.stop())

const chat = (body: unknown, options = {}): Promise<Response> => plane.post('/v1/chat/completions', body, options)

test.each([
  ['malformed JSON', '{"model": ', 'The request body is not valid JSON.', null],
  ['no body', '', 'The request body is not valid JSON.', null],
  ['an array', [], '`body` must be a JSON object.', 'body'],
  ['no model', { messages: CHAT.messages }, '`model` is required.', 'model'],
  ['a model that is no text', { ...CHAT, model: 7 }, '`model` must be a non-empty string.', 'model'],
  ['no messages', { model: 'sim-fast' }, '`messages` is required.', 'messages'],
  ['empty messages', { model: 'sim-fast', messages: [] }, '`messages` must be a non-empty array.', 'messages'],
  ['messages as text', { model: 'sim-fast', messages: 'hi' }, '`messages` must be a non-empty array.', 'messages'],
  ['a message as text', { ...CHAT, messages: ['hi'] }, '`messages[0]` must be a JSON object.', 'messages[0]'],
  [
    'a message without a role',
    { ...CHAT, messages: [{ content: 'hi' }] },
    '`messages[0].role` must be a non-empty string.',
    'messages[0].role',
  ],
  [
    'content as a number',
    { ...CHAT, messages: [{ role: 'user', content: 1 }] },
    '`messages[0].content` must be a string or an array of parts.',
    'messages[0].content',
  ],
  ['stream as text', { ...CHAT, stream: 'yes' }, '`stream` must be true or false.', 'stream'],
  ['a hot temperature', { ...CHAT, temperature: 3 }, '`temperature` must be a number from 0 to 2.', 'temperature'],
  ['no tokens', { ...CHAT, max_tokens: 0 }, '`max_tokens` must be a whole number of at least 1.', 'max_tokens'],
  ['half a token', { ...CHAT, max_tokens: 1.5 }, '`max_tokens` must be a whole number of at least 1.', 'max_tokens'],
  ['tools as an object', { ...CHAT, tools: {} }, '`tools` must be an array.', 'tools'],
])('%s is refused with 400 invalid_request and the field at fault', async (_name, body, message, param) => {
  const response = await chat(body)
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({ error: { message, type: 'invalid_request', code: 'invalid_request', param } })
})

test('a body over the limit is refused with 413', async () => {
  const response = await chat({ ...CHAT, padding: 'x'.repeat(1_100_000) })
  expect(response.status).toBe(413)
  expect(await errorOf(response)).toMatchObject({
    type: 'invalid_request',
    message: expect.stringContaining('1 MiB'),
  })
})

test('a compressed body is refused with 415 rather than misread', async () => {
  const response = await chat('anything', { headers: { 'content-encoding': 'gzip' } })
  expect(response.status).toBe(415)
})

test('a path that does not exist is a 404 in the same shape', async () => {
  const response = await plane.post('/v1/completions', CHAT)
  expect(response.status).toBe(404)
  expect(await errorOf(response)).toMatchObject({
    type: 'not_found',
    message: 'There is no POST /v1/completions.',
  })
})

test('a missing, malformed or unknown key is refused with 401 unauthenticated', async () => {
  const headerless = await fetch(`${plane.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(CHAT) })
  const malformed = await chat(CHAT, { apiKey: 'nr-nonsense' })
  const unknown = await chat(CHAT, { apiKey: createApiKey('nr-') })
  for (const response of [headerless, malformed, unknown]) {
    expect(response.status).toBe(401)
    expect((await errorOf(response)).type).toBe('unauthenticated')
  }
})

test('a key that cannot be ours is refused before its body is parsed', async () => {
  const response = await chat('{"not json', { apiKey: 'nr-nonsense' })
  expect(response.status).toBe(401)
})

test('an expired key is refused with 401 and told when it expired', async () => {
  const expired = key({ expiresAt: Date.parse('2026-01-01T00:00:00Z') })
  await plane.publish(workspace({ workspaceId: 'expired', keys: [expired.key] }))
  const response = await chat(CHAT, { apiKey: expired.secret })
  expect(response.status).toBe(401)
  expect((await errorOf(response)).message).toContain('2026-01-01T00:00:00.000Z')
})

test('an unknown model is a 404 model_not_found that names it', async () => {
  const response = await chat({ ...CHAT, model: 'gpt-nonsense' })
  expect(response.status).toBe(404)
  expect(await errorOf(response)).toMatchObject({
    type: 'model_not_found',
    param: 'model',
    message: expect.stringContaining('gpt-nonsense'),
  })
})

test('a model of another kind is refused with the path to use', async () => {
  const response = await chat({ ...CHAT, model: 'sim-embedding' })
  expect(response.status).toBe(400)
  expect((await errorOf(response)).message).toContain('/v1/embeddings')
})

test('a key is held to its models, on calls and in the list', async () => {
  const limited = key({ allowedModels: ['sim-smart'] })
  await plane.publish(workspace({ workspaceId: 'limited', keys: [limited.key] }))
  await plane.credits.seed('limited', 1_000_000_000 as never)
  const refused = await chat(CHAT, { apiKey: limited.secret })
  const served = await chat({ ...CHAT, model: 'sim-smart' }, { apiKey: limited.secret })
  const list = await fetch(`${plane.url}/v1/models`, { headers: { authorization: `Bearer ${limited.secret}` } })
  expect(refused.status).toBe(403)
  expect((await errorOf(refused)).type).toBe('forbidden')
  expect(served.status).toBe(200)
  expect(((await list.json()) as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual(['sim-smart'])
})

test('a key is held to its APIs on every door', async () => {
  const limited = key({ allowedSurfaces: [] })
  await plane.publish(workspace({ workspaceId: 'surfaces', keys: [limited.key] }))
  const headers = { authorization: `Bearer ${limited.secret}` }
  const answers = await Promise.all([
    chat(CHAT, { apiKey: limited.secret }),
    plane.post('/v1/embeddings', { model: 'sim-embedding', input: 'x' }, { apiKey: limited.secret }),
    fetch(`${plane.url}/v1/models`, { headers }),
    fetch(`${plane.url}/v1/models/sim-fast`, { headers }),
  ])
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
})

test('a workspace without balance is refused with 402 before any provider is asked', async () => {
  const poor = key()
  await plane.publish(workspace({ workspaceId: 'poor', keys: [poor.key] }))
  await plane.credits.seed('poor', 0 as never)
  plane.simulator.forgetRequests()
  const response = await chat(CHAT, { apiKey: poor.secret })
  expect(response.status).toBe(402)
  expect((await errorOf(response)).type).toBe('budget_exceeded')
  expect(plane.simulator.requests()).toHaveLength(0)
})

test('a call whose worst case the balance does not cover is refused, and a shorter one is served', async () => {
  const tight = key()
  await plane.publish(workspace({ workspaceId: 'tight', keys: [tight.key] }))
  await plane.credits.seed('tight', 2_000_000 as never)
  const refused = await chat(CHAT, { apiKey: tight.secret })
  const served = await chat({ ...CHAT, max_tokens: 10 }, { apiKey: tight.secret })
  expect(refused.status).toBe(402)
  expect(served.status).toBe(200)
})

test('a model without a price is not offered on the platform’s credential', async () => {
  const unpriced = model({
    id: 'unpriced',
    endpoints: [{ gateway: 'simulator', upstreamModel: 'sim-fast', price: null, credentialId: null }],
  })
  const other = key()
  await plane.publish(workspace({ workspaceId: 'unpriced', keys: [other.key], models: [unpriced] }))
  const response = await chat({ ...CHAT, model: 'unpriced' }, { apiKey: other.secret })
  expect(response.status).toBe(404)
})
