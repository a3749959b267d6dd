import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findGenerationJob } from '../../control-plane/workers/find-generation.job.ts'
import { runJob } from '../../control-plane/workers/implement-job.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { connectRedis } from '../../shared/redis/connect.ts'
import { key } from '../helpers/snapshot-fixtures.ts'
import {
  EXAMPLE_USAGE,
  GPT,
  SONNET,
  startOpenRouterWorld,
  UNPRICED,
  type OpenRouterWorld,
} from '../helpers/openrouter-world.ts'

let world: OpenRouterWorld
beforeAll(async () => {
  world = await startOpenRouterWorld()
})
afterEach(() => world.openRouter.script.clear())
afterAll(() => world.stop())

const PATH = '/v1/llm/chat/completions'
const QUESTION = [{ role: 'user', content: 'Summarize REST in one line.' }]
const REST = 'REST is a stateless, resource-oriented HTTP API style.'

interface Told {
  readonly id: string
  readonly model: string
  readonly usage: { readonly cost: number; readonly prompt_tokens: number }
  readonly credits_used: number
  readonly credits_remaining: number
  readonly truncated?: boolean
  readonly choices: readonly { readonly message: { readonly content: string } }[]
}
const ask = async (apiKey: string, body: object) => {
  const response = await world.plane.post(PATH, body, { apiKey })
  return { status: response.status, body: (await response.json()) as Told }
}
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: Record<'code' | 'message' | 'hint', string> }).error
const get = (path: string, apiKey: string) =>
  fetch(world.plane.url + path, { headers: { authorization: `Bearer ${apiKey}` } })
/** What follows each `data: ` but `[DONE]`. */
const chunksOf = (text: string): Record<string, unknown>[] =>
  [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json = '']) => JSON.parse(json) as Record<string, unknown>)

describe('the contract', () => {
  test('its example is answered word for word: cost 0.00012 is 0.0003 credits', async () => {
    const { apiKey } = await world.addWorkspace(49.95 + 0.00015)
    world.openRouter.script.add({ type: 'answer', text: REST, usage: EXAMPLE_USAGE })
    const { status, body } = await ask(apiKey, {
      model: 'anthropic/claude-sonnet-4.6',
      messages: QUESTION,
      models: ['anthropic/claude-sonnet-4.6', 'openai/gpt-5.2'],
      provider: { sort: 'throughput' },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: expect.stringMatching(/^gen-[0-9A-Z]{26}$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'anthropic/claude-sonnet-4.6',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: REST } }],
      usage: { prompt_tokens: 14, completion_tokens: 16, total_tokens: 30, cost: 0.00012 },
      credits_used: 0.0003,
      credits_remaining: 99.9,
    })
    expect(body).not.toHaveProperty('truncated')
    const record = await world.plane.record(body.id)
    expect(record).toMatchObject({ surface: 'credits', costNanodollars: 120_000, chargeNanodollars: 150_000 })
  })

  test('with the official client, whole and streamed: the last chunk before the end brings usage and credits', async () => {
    const { apiKey } = await world.addWorkspace(10)
    const client = new OpenAI({ baseURL: `${world.plane.url}/v1/llm`, apiKey, maxRetries: 0 })
    const request = { model: SONNET, messages: [{ role: 'user' as const, content: 'Hello' }] }
    world.openRouter.script.add({ type: 'answer', text: 'one two three', usage: EXAMPLE_USAGE, times: 2 })
    const whole = await client.chat.completions.create(request)
    expect(whole).toMatchObject({ usage: { cost: 0.00012 }, credits_used: 0.0003, credits_remaining: 19.9997 })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) chunks.push(chunk)
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('one two three')
    expect(chunks.at(-1)).toMatchObject({
      id: expect.stringMatching(/^gen-/),
      model: SONNET,
      usage: { prompt_tokens: 14, cost: 0.00012 },
      credits_used: 0.0003,
      credits_remaining: 19.9994,
    })
    for (const chunk of chunks.slice(0, -1)) expect(chunk).not.toHaveProperty('credits_used')
  })

  test('`prompt` is taken for `messages`, and goes on as a message', async () => {
    const { apiKey } = await world.addWorkspace(10)
    world.openRouter.forgetRequests()
    const { status } = await ask(apiKey, { model: SONNET, prompt: 'Say hi', temperature: 0.5, top_a: 0.1, foo: [1] })
    expect(status).toBe(200)
    const [sent] = world.openRouter.requests()
    expect(sent?.body).toEqual({
      model: SONNET,
      messages: [{ role: 'user', content: 'Say hi' }],
      temperature: 0.5,
      top_a: 0.1,
      foo: [1],
    })
  })

  test('`truncated` is there, and true, only where the length ended the answer', async () => {
    const { apiKey } = await world.addWorkspace(10)
    world.openRouter.script.add({ type: 'answer', text: 'x', finishReason: 'length', times: 2 })
    expect((await ask(apiKey, { model: SONNET, messages: QUESTION })).body.truncated).toBe(true)
    const text = await (
      await world.plane.post(PATH, { model: SONNET, messages: QUESTION, stream: true }, { apiKey })
    ).text()
    expect(chunksOf(text).at(-1)).toMatchObject({ truncated: true })
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true)
    expect((await ask(apiKey, { model: SONNET, messages: QUESTION })).body).not.toHaveProperty('truncated')
  })
})

describe('routing', () => {
  test('the next of `models` answers when the first fails, and is named', async () => {
    const { apiKey } = await world.addWorkspace(10)
    world.openRouter.script.add({ type: 'status', status: 500, model: SONNET, times: 2 })
    const { body } = await ask(apiKey, { model: SONNET, models: [SONNET, GPT], messages: QUESTION })
    expect(body.model).toBe(GPT)
    expect(body.credits_used).toBeGreaterThan(0)
  })

  test('`provider` goes to OpenRouter in its own words, without names that are only gateways here', async () => {
    const { apiKey } = await world.addWorkspace(10)
    world.openRouter.forgetRequests()
    const provider = {
      order: ['openrouter', 'Together'],
      only: ['anthropic', 'together'],
      ignore: ['simulator'],
      sort: 'exacto',
      max_price: { prompt: 5, completion: '20' },
      zdr: false,
      quantizations: ['fp8'],
      someday: true,
    }
    const { status } = await ask(apiKey, { model: SONNET, messages: QUESTION, provider })
    expect(status).toBe(200)
    expect(world.openRouter.requests()[0]?.body).toMatchObject({
      provider: {
        order: ['Together'],
        only: ['anthropic', 'together'],
        sort: 'exacto',
        max_price: { prompt: 5, completion: '20' },
        quantizations: ['fp8'],
        someday: true,
      },
    })
  })

  test.each<[object, string]>([
    [{ max_price: { completion: 0.01 } }, 'its price is above the ceiling'],
    [{ only: ['simulator'] }, 'only another gateway'],
    [{ ignore: ['openrouter'] }, 'its gateway is left out'],
    [{ data_collection: 'deny' }, 'it is not known to collect nothing'],
  ])('%j is kept to: nobody is asked, for %s', async (provider, _why) => {
    const { apiKey } = await world.addWorkspace(10)
    world.openRouter.forgetRequests()
    const response = await world.plane.post(PATH, { model: SONNET, messages: QUESTION, provider }, { apiKey })
    expect([response.status, (await errorOf(response)).code]).toEqual([400, 'invalid_input'])
    expect(world.openRouter.requests()).toEqual([])
  })
})

describe('money', () => {
  test('what remains is exact with one process: each answer tells the balance after its charge', async () => {
    const { apiKey, workspaceId } = await world.addWorkspace(1)
    world.openRouter.script.add({ type: 'answer', text: 'x', usage: { ...EXAMPLE_USAGE, cost: 0.004 }, times: 12 })
    const told: number[] = []
    for (let call = 0; call < 12; call += 1) {
      told.push((await ask(apiKey, { model: SONNET, messages: QUESTION, max_tokens: 10 })).body.credits_remaining)
    }
    expect(told).toEqual(Array.from({ length: 12 }, (_none, call) => Number((2 - 0.01 * (call + 1)).toFixed(4))))
    expect(workspaceId).toBeTruthy()
  })

  test('a call on a credential of the workspace costs no credits', async () => {
    const own = { id: 'own', gateway: 'openrouter', sealedSecret: null, settings: {} } as const
    const { apiKey } = await world.addWorkspace(3, { credentials: [{ ...own, baseUrl: world.openRouter.url() }] })
    world.openRouter.script.add({ type: 'answer', text: 'x', usage: EXAMPLE_USAGE })
    const { body } = await ask(apiKey, { model: SONNET, messages: QUESTION })
    expect(body).toMatchObject({ usage: { cost: 0.00012 }, credits_used: 0, credits_remaining: 6 })
  })

  test('a stream that was cut tells what it cost, and that it is not whole', async () => {
    const { apiKey } = await world.addWorkspace(10)
    world.openRouter.script.add({ type: 'cut-mid-stream', afterChunks: 3 })
    const text = await (
      await world.plane.post(PATH, { model: SONNET, messages: QUESTION, stream: true }, { apiKey })
    ).text()
    const chunks = chunksOf(text)
    expect(chunks.at(-1)).toMatchObject({ error: { code: 'provider_error', hint: expect.any(String) } })
    expect(chunks.at(-2)).toMatchObject({ usage: { cost: expect.any(Number) }, credits_used: expect.any(Number) })
    expect(text).not.toContain('[DONE]')
  })
})

describe('errors are told with a code, a message and a hint', () => {
  const cases: readonly (readonly [string, object, number, string])[] = [
    ['neither messages nor a prompt', { model: SONNET }, 400, 'invalid_input'],
    ['both of them', { model: SONNET, messages: QUESTION, prompt: 'x' }, 400, 'invalid_input'],
    ['no model', { messages: QUESTION }, 400, 'invalid_input'],
    ['a model that is not there', { model: 'no/such', messages: QUESTION }, 404, 'resource_not_found'],
    ['a model without a price', { model: UNPRICED, messages: QUESTION }, 400, 'unpriceable_model'],
  ]
  test.each(cases)('%s', async (_name, body, status, code) => {
    const { apiKey } = await world.addWorkspace(10)
    const response = await world.plane.post(PATH, body, { apiKey })
    expect(response.status).toBe(status)
    expect(await errorOf(response)).toMatchObject({
      code,
      message: expect.stringMatching(/.{10}/),
      hint: expect.stringMatching(/.{10}/),
    })
  })

  test('who calls, what they may use, what they have, and what the provider did', async () => {
    const call = async (apiKey: string) => {
      const response = await world.plane.post(PATH, { model: SONNET, messages: QUESTION }, { apiKey })
      const { code, message, hint } = await errorOf(response)
      expect(message && hint).toBeTruthy()
      return [response.status, code]
    }
    expect(await call(key().secret)).toEqual([401, 'unauthorized'])
    expect(await call((await world.addWorkspace(1, {}, { allowedSurfaces: ['router'] })).apiKey)).toEqual([
      403,
      'forbidden',
    ])
    expect(await call((await world.addWorkspace(1, {}, { allowedModels: ['gpt-5.2'] })).apiKey)).toEqual([
      403,
      'forbidden',
    ])
    expect(await call((await world.addWorkspace(0)).apiKey)).toEqual([402, 'insufficient_credits'])
    const limits = { requestsPerMinute: 1, tokensPerMinute: null, concurrency: null }
    const { apiKey: limited } = await world.addWorkspace(1, {}, { limits })
    expect((await ask(limited, { model: SONNET, messages: QUESTION })).status).toBe(200)
    expect(await call(limited)).toEqual([429, 'rate_limited'])
    world.openRouter.script.add({ type: 'status', status: 500, times: 4 })
    expect(await call((await world.addWorkspace(1)).apiKey)).toEqual([503, 'provider_error'])
    expect(await errorOf(await get('/v1/llm/nothing', limited))).toMatchObject({ code: 'not_found' })
  })
})

describe('models', () => {
  test('are listed as OpenRouter lists them, prices as text, and searched by id and name', async () => {
    const { apiKey } = await world.addWorkspace(0)
    const list = async (query: string) => (await (await get(`/v1/llm/models${query}`, apiKey)).json()) as object
    expect(await list('?search=CLAUDE')).toEqual({
      count: 1,
      models: [
        {
          id: SONNET,
          name: 'Claude Sonnet 4.6',
          context_length: 128_000,
          pricing: {
            prompt: '0.000001',
            completion: '0.000004',
            input_cache_read: '0.0000001',
            input_cache_write: null,
          },
          top_provider: { context_length: 128_000, max_completion_tokens: 4_096 },
        },
      ],
    })
    expect(await list('')).toMatchObject({ count: 4 })
    expect(await list('?search=nobody')).toEqual({ count: 0, models: [] })
  })
})

describe('a generation', () => {
  // Seconds: a record that may be on its way is looked for that long before a stranger is told that there is none.
  test('is found by the id of its answer in its own workspace alone; else it is 404', async () => {
    const [{ apiKey, workspaceId }, stranger] = [await world.addWorkspace(10), await world.addWorkspace(10)]
    world.openRouter.script.add({ type: 'answer', text: 'x', usage: EXAMPLE_USAGE })
    const { body } = await ask(apiKey, { model: SONNET, messages: QUESTION })
    const record = await world.plane.record(body.id)
    const redis = connectRedis({ url: world.plane.redisServer.url, name: 'worker', mode: 'patient' })
    const { id: _id, ...rest } = record
    const find = async (workspaceIds: readonly string[], id: string) =>
      id === _id && workspaceIds.includes(workspaceId) ? ({ ...rest, _id } as never) : null
    const job = runJob(findGenerationJob({ find }), { redis, logger: createLogger('test', 'silent') })
    try {
      for (const id of [body.id, `nrc_${_id}`, _id]) {
        const found = await get(`/v1/llm/generation?id=${id}`, apiKey)
        expect(await found.json()).toMatchObject({
          data: { id, model: SONNET, total_cost: 0.00012, tokens_prompt: 14, native_tokens_completion: 16 },
        })
      }
      const old = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
      for (const [id, by] of [
        [`gen-${old}`, apiKey],
        ['gen-nothing', apiKey],
        [body.id, stranger.apiKey],
      ] as const) {
        const response = await get(`/v1/llm/generation?id=${id}`, by)
        expect([response.status, (await errorOf(response)).code]).toEqual([404, 'resource_not_found'])
      }
      expect((await get('/v1/llm/generation', apiKey)).status).toBe(400)
    } finally {
      await job.close()
      redis.disconnect()
    }
  }, 15_000)
})
