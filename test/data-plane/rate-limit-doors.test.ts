import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_WORKSPACE_LIMITS, type WorkspaceLimits } from '../../shared/limits/limit-settings.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { CHAT, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { limitsIn, publishLimited } from '../helpers/limited-workspace.ts'
import { key, workspace } from '../helpers/snapshot-fixtures.ts'

let plane: DataPlaneHarness
beforeAll(async () => {
  plane = await startDataPlane()
})
afterAll(() => plane.stop())

const limited = (limits: Partial<WorkspaceLimits>) => publishLimited(plane, limits)
const chat = (apiKey: string, body: object = {}): Promise<Response> =>
  plane.post('/v1/chat/completions', { ...CHAT, ...body }, { apiKey })
const embed = (apiKey: string): Promise<Response> =>
  plane.post('/v1/embeddings', { model: 'sim-embedding', input: 'x' }, { apiKey })

describe('every answer tells the limits', () => {
  const large = { ...CHAT, messages: [{ role: 'user', content: 'x'.repeat(1_100_000) }] }
  test.each<[string, number, (apiKey: string) => Promise<Response>]>([
    ['an answer', 200, (apiKey) => chat(apiKey)],
    ['a stream', 200, (apiKey) => chat(apiKey, { stream: true })],
    ['embeddings', 200, embed],
    ['the list of models', 200, (apiKey) => get('/v1/models', apiKey)],
    ['one model', 200, (apiKey) => get('/v1/models/sim-fast', apiKey)],
    ['a body that is not JSON', 400, (apiKey) => plane.post('/v1/chat/completions', '{', { apiKey })],
    ['a field that is wrong', 400, (apiKey) => chat(apiKey, { messages: [] })],
    ['a model that is not there', 404, (apiKey) => chat(apiKey, { model: 'nothing' })],
    ['a model that is not listed', 404, (apiKey) => get('/v1/models/nothing', apiKey)],
    ['a path that is not there', 404, (apiKey) => get('/v1/nothing', apiKey)],
    ['a body that is too large', 413, (apiKey) => plane.post('/v1/chat/completions', large, { apiKey })],
    [
      'an encoding that is not read',
      415,
      (apiKey) => plane.post('/v1/chat/completions', CHAT, { apiKey, headers: { 'content-encoding': 'gzip' } }),
    ],
  ])('%s', async (_name, status, call) => {
    const { apiKey } = await limited({ requestsPerMinute: 50 })
    const response = await call(apiKey)
    expect(response.status).toBe(status)
    const { limit, remaining, reset } = limitsIn(response)
    expect(limit).toBe(50)
    expect([49, 50]).toContain(remaining)
    expect(Number.isInteger(reset)).toBe(true)
  })

  test('a refusal for want of money, and one because every provider failed', async () => {
    const { workspaceId, apiKey } = await limited({ requestsPerMinute: 50 })
    const caller = key()
    await plane.publish(workspace({ workspaceId: `${workspaceId}-poor`, keys: [caller.key] }))
    await plane.credits.seed(`${workspaceId}-poor`, fromDollars(0))
    const poor = await chat(caller.secret)
    expect([poor.status, limitsIn(poor).limit]).toEqual([402, DEFAULT_WORKSPACE_LIMITS.requestsPerMinute])
    const model = plane.spareModel()
    plane.simulator.script.add({ type: 'status', status: 429, model, times: 5 })
    const failed = await chat(apiKey, { model })
    plane.simulator.script.clear()
    expect([failed.status, limitsIn(failed).limit]).toEqual([503, 50])
  })

  test('but not to somebody whose key is unknown: there are none to tell', async () => {
    for (const response of [await chat(key().secret), await chat('sk-nothing'), await get('/v1/models', 'nr-x')]) {
      expect(response.status).toBe(401)
      expect(response.headers.has('x-ratelimit-limit')).toBe(false)
    }
  })
})

const get = (path: string, apiKey: string): Promise<Response> =>
  fetch(plane.url + path, { headers: { authorization: `Bearer ${apiKey}` } })

describe('what asks no provider counts as any other request', () => {
  const score = (apiKey: string): Promise<Response> => plane.post('/api/applications/none/quality', {}, { apiKey })
  const refusal = (words: object) => ({
    error: {
      message: expect.stringContaining('1 requests per minute'),
      type: 'rate_limited',
      code: 'rate_limited',
      ...words,
    },
  })
  test.each<[string, (apiKey: string) => Promise<Response>, object]>([
    ['the list of models', (apiKey) => get('/v1/models', apiKey), refusal({ param: null })],
    ['one model', (apiKey) => get('/v1/models/sim-fast', apiKey), refusal({ param: null })],
    ['a score', score, refusal({ param: null })],
    ['the credits API’s models', (apiKey) => get('/v1/llm/models', apiKey), refusal({ hint: expect.anything() })],
    ['a generation', (apiKey) => get('/v1/llm/generation?id=x', apiKey), refusal({ hint: expect.anything() })],
  ])('%s, and is refused in the words of its API', async (_name, call, words) => {
    const { apiKey, otherKey } = await limited({ requestsPerMinute: 1 })
    const first = await call(apiKey)
    expect([first.status, limitsIn(first).remaining]).toEqual([expect.toSatisfy((status) => status !== 429), 0])
    const refused = await call(otherKey)
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject(words)
    const { limit, remaining, reset, unit } = limitsIn(refused)
    expect([limit, remaining, unit]).toEqual([1, 0, 'requests'])
    expect(refused.headers.get('retry-after')).toBe(String(reset))
    expect(reset).toBeGreaterThan(50)
    expect((await chat(apiKey)).status).toBe(429)
  })

  test('one at a time is as many as are wanted one after the other, and no tokens', async () => {
    const { apiKey } = await limited({ concurrency: 1, tokensPerMinute: 1 })
    for (let call = 0; call < 5; call += 1) {
      expect((await get('/v1/models', apiKey)).status).toBe(200)
      expect((await score(apiKey)).status).toBe(404)
    }
  })
})
