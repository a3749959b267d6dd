import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { NO_ROUTING_DEFAULTS } from '../../shared/llm/routing-defaults.ts'
import type { BudgetSettings } from '../../shared/money/budget.ts'
import { keyWith, smallBudgets } from '../helpers/limit-rows.ts'
import { key, workspace } from '../helpers/snapshot-fixtures.ts'
import {
  EMBEDDING,
  EXAMPLE_USAGE,
  GPT,
  SONNET,
  startOpenRouterWorld,
  UNPRICED,
  UPSTREAM_KEY,
  type OpenRouterWorld,
} from '../helpers/openrouter-world.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let world: OpenRouterWorld
beforeAll(async () => {
  world = await startOpenRouterWorld()
})
afterEach(() => {
  world.openRouter.script.clear()
  world.openRouter.forgetRequests()
})
afterAll(() => world.stop())

const PROXY = '/v1/proxy/openrouter'
const CHAT = { model: SONNET, messages: [{ role: 'user' as const, content: 'Hello' }], max_tokens: 100 }
const send = (apiKey: string, path: string, init: RequestInit = {}) =>
  fetch(world.plane.url + PROXY + path, {
    ...init,
    headers: { authorization: `Bearer ${apiKey}`, ...(init.headers as Record<string, string>) },
  })
const post = (apiKey: string, path: string, body: unknown, init: RequestInit = {}) =>
  send(apiKey, path, {
    method: 'POST',
    body: JSON.stringify(body),
    ...init,
    headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
  })
const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; hint: string } }).error.code
const recordOf = (response: Response) => world.plane.record(response.headers.get('x-nr-generation-id') ?? '')

describe('the official client, with the proxy as its base URL', () => {
  test('gets what OpenRouter answers, whole and streamed, and is charged what OpenRouter reports', async () => {
    const { apiKey } = await world.addWorkspace(10)
    const client = new OpenAI({ baseURL: world.plane.url + PROXY, apiKey, maxRetries: 0 })
    world.openRouter.script.add({ type: 'answer', text: 'one two', usage: EXAMPLE_USAGE, times: 2 })
    const { data, response } = await client.chat.completions.create(CHAT).withResponse()
    expect(data.choices[0]?.message.content).toBe('one two')
    expect(data.usage).toMatchObject({ cost: 0.00012 })
    // Its own id, and nothing of ours in it.
    expect(data.id).not.toMatch(/^gen-/)
    expect(data).not.toHaveProperty('credits_used')
    const charged = { surface: 'credits', costNanodollars: 120_000, chargeNanodollars: 150_000, paidBy: 'credits' }
    expect(await recordOf(response)).toMatchObject({ ...charged, model: 'claude-sonnet-4.6', stream: false })

    const options = { stream: true as const, stream_options: { include_usage: true } }
    const streamed = await client.chat.completions.create({ ...CHAT, ...options }).withResponse()
    let text = ''
    for await (const chunk of streamed.data) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe('one two')
    expect(await recordOf(streamed.response)).toMatchObject({ ...charged, stream: true, usage: { outputTokens: 16 } })
    expect(world.openRouter.requests().map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 2 }, () => `Bearer ${UPSTREAM_KEY}`),
    )
  })

  test('embeddings and the list of models work too', async () => {
    const { apiKey } = await world.addWorkspace(10)
    const client = new OpenAI({ baseURL: world.plane.url + PROXY, apiKey, maxRetries: 0 })
    const { response } = await client.embeddings.create({ model: EMBEDDING, input: 'x' }).withResponse()
    expect(await recordOf(response)).toMatchObject({ kind: 'embedding', priceVersion: 'test-1' })
    const models = await client.models.list()
    expect(models.data.map(({ id }) => id)).toContain(SONNET)
  })
})

describe('metering', () => {
  test('the bytes of a stream are OpenRouter’s, to the last', async () => {
    const { apiKey } = await world.addWorkspace(10)
    const answer = {
      type: 'answer',
      text: 'grüße aus Zürich',
      usage: EXAMPLE_USAGE,
      extra: { id: 'x', created: 1 },
    } as const
    world.openRouter.script.add({ ...answer, times: 2 })
    const body = { ...CHAT, stream: true, stream_options: { include_usage: true } }
    const direct = await fetch(`${world.openRouter.url()}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    const proxied = await post(apiKey, '/chat/completions', body)
    expect(await proxied.text()).toBe(await direct.text())
    expect(world.openRouter.requests().at(-1)?.body).toEqual(body)
  })

  test('a stream that ends without a cost is priced by its usage; without usage, by an estimate that says so', async () => {
    const { apiKey } = await world.addWorkspace(10)
    world.openRouter.script.add({ type: 'answer', text: 'x', usage: { prompt_tokens: 1_000, completion_tokens: 100 } })
    const body = { ...CHAT, stream: true, stream_options: { include_usage: true } }
    const priced = await post(apiKey, '/chat/completions', body)
    await priced.text()
    expect(await recordOf(priced)).toMatchObject({ costNanodollars: 1_400_000, priceVersion: 'test-1' })
    const silent = await post(apiKey, '/chat/completions', { ...CHAT, stream: true })
    await silent.text()
    const record = await recordOf(silent)
    expect(record.usage?.estimated).toBe(true)
    expect(record.chargeNanodollars).toBeGreaterThan(0)
  })

  test('the worst case is held before anybody is asked: too little is 402, and the dearest model counts', async () => {
    const { apiKey } = await world.addWorkspace(0.0001)
    const response = await post(apiKey, '/chat/completions', { ...CHAT, models: [GPT] })
    expect([response.status, await codeOf(response)]).toEqual([402, 'insufficient_credits'])
    expect(world.openRouter.requests()).toEqual([])
  })

  test('what has no price is not paid for with credits, whatever the path; on a credential of one’s own it passes', async () => {
    const { apiKey } = await world.addWorkspace(10)
    for (const [path, body] of [
      ['/chat/completions', { ...CHAT, model: UNPRICED }],
      ['/chat/completions', { ...CHAT, model: 'nobody/unlisted' }],
      ['/rerank', { model: 'nobody/unlisted', query: 'x' }],
    ] as const) {
      const response = await post(apiKey, path, body)
      expect([response.status, await codeOf(response)]).toEqual([400, 'unpriceable_model'])
    }
    expect((await post(apiKey, '/chat/completions', { messages: [] })).status).toBe(400)
    expect((await post(apiKey, '/chat/completions', CHAT, { headers: { 'content-encoding': 'gzip' } })).status).toBe(
      415,
    )
    const own = {
      id: 'own',
      gateway: 'openrouter',
      sealedSecret: null,
      baseUrl: world.openRouter.url(),
      settings: {},
    } as const
    const { apiKey: rich } = await world.addWorkspace(0, { credentials: [own] })
    world.openRouter.script.add({ type: 'answer', text: 'x', usage: EXAMPLE_USAGE })
    const response = await post(rich, '/chat/completions', { ...CHAT, model: 'nobody/unlisted' })
    expect(response.status).toBe(200)
    await response.text()
    const paid = { costNanodollars: 120_000, chargeNanodollars: 0, paidBy: 'workspace-credential' }
    expect(await recordOf(response)).toMatchObject({ ...paid, requestedModel: 'nobody/unlisted' })
  })

  test('a caller who leaves stops OpenRouter; nothing is charged before the first words', async () => {
    const { apiKey } = await world.addWorkspace(10)
    world.openRouter.script.add({ type: 'slow-first-token', delayMs: 5_000, model: SONNET })
    const leaving = new AbortController()
    const call = await post(apiKey, '/chat/completions', { ...CHAT, stream: true }, { signal: leaving.signal })
    leaving.abort()
    await world.openRouter.waitForAbort(({ path }) => path.endsWith('/chat/completions'))
    expect(await recordOf(call)).toMatchObject({ status: 'cancelled', chargeNanodollars: 0 })
  })

  test('an answer that breaks off breaks off for the caller, and what came is charged', async () => {
    const { apiKey } = await world.addWorkspace(10)
    world.openRouter.script.add({ type: 'cut-mid-stream', afterChunks: 3 })
    const response = await post(apiKey, '/chat/completions', { ...CHAT, stream: true })
    await expect(response.text()).rejects.toThrow('terminated')
    expect(await recordOf(response)).toMatchObject({ status: 'truncated', usage: { estimated: true } })
  })

  test('OpenRouter’s own errors pass as they are, and cost nothing; a refusal of our key is not the caller’s', async () => {
    const { apiKey, workspaceId } = await world.addWorkspace(10)
    const words = { error: { message: 'slow down', code: 429 } }
    world.openRouter.script.add({ type: 'status', status: 429, body: words, headers: { 'retry-after': '7' } })
    const limited = await post(apiKey, '/chat/completions', CHAT)
    expect([limited.status, await limited.json(), limited.headers.get('retry-after')]).toEqual([429, words, '7'])
    expect(await recordOf(limited)).toMatchObject({ status: 'failed', chargeNanodollars: 0 })
    world.openRouter.script.add({ type: 'status', status: 401, body: { error: { message: UPSTREAM_KEY } } })
    const refused = await post(apiKey, '/chat/completions', CHAT)
    expect(refused.status).toBe(503)
    const text = await refused.text()
    expect(text).toContain('provider_error')
    expect(text).not.toContain(UPSTREAM_KEY)
    await waitUntil(async () => (await world.plane.credits.read(workspaceId))?.reserved === 0, { what: 'nothing held' })
    expect((await world.plane.credits.read(workspaceId))?.balance).toBe(10_000_000_000)
  })
})

describe('the same rules as everywhere', () => {
  test('keys, their APIs and models, limits, and what the workspace says of providers', async () => {
    const status = async (apiKey: string, body: object = CHAT) => {
      const response = await post(apiKey, '/chat/completions', body)
      return [response.status, response.ok ? '' : await codeOf(response)]
    }
    expect(await status(key().secret)).toEqual([401, 'unauthorized'])
    expect((await fetch(`${world.plane.url}${PROXY}/models`)).status).toBe(401)
    const { apiKey: elsewhere } = await world.addWorkspace(1, {}, { allowedSurfaces: ['auto-routing'] })
    expect(await status(elsewhere)).toEqual([403, 'forbidden'])
    const { apiKey: narrow } = await world.addWorkspace(1, {}, { allowedModels: ['claude-sonnet-4.6'] })
    expect(await status(narrow, { ...CHAT, models: [SONNET, GPT] })).toEqual([403, 'forbidden'])
    expect(await status(narrow)).toEqual([200, ''])
    const limits = { requestsPerMinute: 1, tokensPerMinute: null, concurrency: null }
    const { apiKey: limited } = await world.addWorkspace(1, {}, { limits })
    expect((await send(limited, '/models')).status).toBe(200)
    expect(await status(limited)).toEqual([429, 'rate_limited'])
    const { settings } = workspace()
    const provider = { ...NO_ROUTING_DEFAULTS.provider, denyDataCollection: true }
    const routing = { ...NO_ROUTING_DEFAULTS, provider }
    const caller = key()
    const { apiKey: careful } = await world.addWorkspace(1, { keys: [caller.key], settings: { ...settings, routing } })
    expect(careful).not.toBe(caller.secret)
    expect(await status(caller.secret)).toEqual([403, 'forbidden'])
    const { apiKey: alone } = await world.addWorkspace(1, { settings: { ...settings, pooledCredentials: false } })
    expect(await status(alone)).toEqual([503, 'not_configured'])
  })
})

test.each([
  ['GET', '/credits'],
  ['GET', '/key'],
  ['GET', '/keys'],
  ['GET', '/generation?id=gen-1'],
  ['GET', '/models/../key'],
  ['POST', '/keys'],
  ['DELETE', '/keys/abc'],
  ['POST', '/audio/transcriptions'],
])("%s %s of the platform's own account is nobody's, and nothing is sent", async (method, path) => {
  const { apiKey } = await world.addWorkspace(10)
  const response = await send(apiKey, path, { method, ...(method === 'POST' && { body: 'x' }) })
  expect([response.status, await codeOf(response)]).toEqual([403, 'forbidden'])
  expect(world.openRouter.requests()).toEqual([])
})

test('an upload under a hard budget is refused with the reason and what helps; a soft one lets it pass', async () => {
  const upload = async (budgets: readonly BudgetSettings[]) => {
    const headers = { 'content-type': 'application/octet-stream' }
    const apiKey = await keyWith(world, { budgets })
    return send(apiKey, '/files?purpose=secret', { method: 'POST', headers, body: 'x' })
  }
  const refused = await upload(smallBudgets('hard').slice(0, 2))
  expect([refused.status, (await refused.json()) as unknown]).toEqual([
    400,
    {
      error: {
        code: 'unpriceable_model',
        type: 'unpriceable_model',
        param: null,
        message:
          'What POST /files costs is not known before it is done, so it cannot be held to a hard budget ' +
          '(`hard-daily-workspace`, `hard-monthly-workspace`): have that made soft, or send it to the provider directly.',
        hint: expect.stringContaining('soft'),
      },
    },
  ])
  expect(world.openRouter.requests()).toEqual([])
  await upload(smallBudgets('soft'))
  expect(world.openRouter.requests()).toHaveLength(1)
})
