import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDataPlane, type DataPlane } from '../../data-plane/app.ts'
import type { KeyLimits, WorkspaceLimits } from '../../shared/limits/limit-settings.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { askedFor, limitsIn, publishLimited } from '../helpers/limited-workspace.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let plane: DataPlaneHarness
let second: { dataPlane: DataPlane; url: string }
beforeAll(async () => {
  plane = await startDataPlane()
  const environment = { ...plane.environment, port: 0 }
  const dataPlane = createDataPlane({ environment, logger: createLogger('test', 'silent'), pollMs: 200 })
  second = { dataPlane, url: await dataPlane.start() }
})
afterAll(async () => {
  await second.dataPlane.stop()
  await plane.stop()
})

const limited = (limits: Partial<WorkspaceLimits>, ofKey: Partial<KeyLimits> = {}) =>
  publishLimited(plane, limits, ofKey)

const chat = (apiKey: string, body: object = {}, signal?: AbortSignal): Promise<Response> =>
  plane.post('/v1/chat/completions', { ...CHAT, ...body }, { apiKey, ...(signal ? { signal } : {}) })
const embed = (apiKey: string): Promise<Response> =>
  plane.post('/v1/embeddings', { model: 'sim-embedding', input: 'x' }, { apiKey })

async function statusesOf(calls: readonly Promise<Response>[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (const response of await Promise.all(calls)) {
    await response.arrayBuffer()
    counts[response.status] = (counts[response.status] ?? 0) + 1
  }
  return counts
}

const many = <Result>(count: number, make: (index: number) => Result): Result[] =>
  Array.from({ length: count }, (_none, index) => make(index))

test('as many calls as the limit pass, chat and embeddings together, and the next is refused with the rule', async () => {
  const { workspaceId, apiKey } = await limited({ requestsPerMinute: 5 })
  const remaining: number[] = []
  for (const call of [chat, embed, chat, embed, chat]) {
    const response = await call(apiKey)
    expect(response.status).toBe(200)
    expect(limitsIn(response)).toMatchObject({ limit: 5, unit: 'requests' })
    remaining.push(limitsIn(response).remaining)
  }
  expect(remaining).toEqual([4, 3, 2, 1, 0])

  for (const call of [chat, embed]) {
    const refused = await call(apiKey)
    expect(refused.status).toBe(429)
    expect(await errorOf(refused)).toMatchObject({
      type: 'rate_limited',
      message: 'Too many requests; retry with backoff. The limit of the workspace is 5 requests per minute.',
    })
    const { limit, remaining: left, reset } = limitsIn(refused)
    expect([limit, left]).toEqual([5, 0])
    expect(Number(refused.headers.get('retry-after'))).toBe(reset)
    expect(reset).toBeGreaterThan(30)
    expect(reset).toBeLessThanOrEqual(61)
  }
  // What was refused has reserved nothing, and left no record.
  await plane.generations(5)
  const records = (await plane.generations(5)).filter((generation) => generation.workspaceId === workspaceId)
  expect(records).toHaveLength(5)
  const metrics = await (await fetch(`${plane.url}/metrics`)).text()
  expect(metrics).toMatch(/outcome="rate_limited"\} [1-9]/)
})

test('a call that is refused reserves nothing and asks nobody', async () => {
  const { workspaceId, apiKey } = await limited({ requestsPerMinute: 1 })
  await (await chat(apiKey)).text()
  const balance = await waitUntil(async () => {
    const live = await plane.credits.read(workspaceId)
    return live && live.reserved === 0 && live.balance < fromDollars(10) && live.balance
  })
  plane.simulator.forgetRequests()
  expect((await chat(apiKey)).status).toBe(429)
  expect(plane.simulator.requests()).toEqual([])
  expect(await plane.credits.read(workspaceId)).toMatchObject({ balance, reserved: 0 })
})

test('two processes share one limit: of many calls at once exactly as many pass as it allows', async () => {
  const { apiKey } = await limited({ requestsPerMinute: 40 })
  const urls = [plane.url, second.url]
  const calls = many(120, (index) =>
    fetch(`${urls[index % 2]}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(CHAT),
    }),
  )
  const first = await statusesOf(calls)
  expect(first[200]).toBeLessThanOrEqual(40)
  // What one process held ready and did not need comes back, so that the last of the limit can be used.
  let passed = first[200] ?? 0
  await waitUntil(async () => {
    const counts = await statusesOf([chat(apiKey)])
    passed += counts[200] ?? 0
    return passed === 40
  })
  await expect(statusesOf(many(20, () => chat(apiKey)))).resolves.toEqual({ 429: 20 })
})

test('the tighter limit of a key holds for it, and other keys go on', async () => {
  const { apiKey, otherKey } = await limited({ requestsPerMinute: 1_000 }, { requestsPerMinute: 2 })
  expect(limitsIn(await chat(apiKey))).toMatchObject({ limit: 2, remaining: 1, unit: 'requests' })
  expect((await embed(apiKey)).status).toBe(200)
  const refused = await chat(apiKey)
  expect(refused.status).toBe(429)
  expect((await errorOf(refused)).message).toContain('The limit of the API key is 2 requests per minute.')
  expect(limitsIn(refused)).toMatchObject({ limit: 2, remaining: 0 })
  const other = await chat(otherKey)
  expect(other.status).toBe(200)
  expect(limitsIn(other)).toMatchObject({ limit: 1_000, remaining: 997 })
})

test('what the caller did wrong counts; an answer that failed for others’ reasons does not', async () => {
  const { apiKey } = await limited({ requestsPerMinute: 3 })
  expect((await chat(apiKey, { model: 'nothing' })).status).toBe(404)
  const model = plane.spareModel()
  plane.simulator.script.add({ type: 'status', status: 429, model, times: 5 })
  expect((await chat(apiKey, { model })).status).toBe(503)
  plane.simulator.script.clear()
  const passed = await waitUntil(async () => {
    const response = await chat(apiKey)
    return response.status === 200 && response
  })
  expect(limitsIn(passed)).toMatchObject({ remaining: 1 })
  expect((await chat(apiKey)).status).toBe(200)
  expect((await chat(apiKey)).status).toBe(429)
})

test('tokens are held by the estimate and corrected by the usage', async () => {
  const { apiKey } = await limited({ tokensPerMinute: 3_000 })
  const usage = { prompt_tokens: 400, completion_tokens: 600, total_tokens: 1_000 }
  plane.simulator.script.add({ type: 'answer', text: 'x', usage, times: 3 })
  for (const remaining of [2_000, 1_000]) {
    // Far above what it uses, and below the limit.
    expect((await chat(apiKey, { max_tokens: 800 })).status).toBe(200)
    await waitUntil(async () => limitsIn(await models(apiKey)).remaining === remaining)
  }
  const tooLarge = await chat(apiKey, { max_tokens: 2_000 })
  expect(tooLarge.status).toBe(429)
  expect((await errorOf(tooLarge)).message).toContain('3000 tokens per minute')
  expect(limitsIn(tooLarge)).toMatchObject({ limit: 3_000, remaining: 1_000, unit: 'tokens' })
  plane.simulator.script.clear()
  expect((await chat(apiKey, { max_tokens: 50 })).status).toBe(200)
})

const models = (apiKey: string): Promise<Response> =>
  fetch(`${plane.url}/v1/models`, { headers: { authorization: `Bearer ${apiKey}` } })

test('tokens used above the estimate count too', async () => {
  const { apiKey } = await limited({ tokensPerMinute: 3_000 })
  const usage = { prompt_tokens: 3_000, completion_tokens: 2_000, total_tokens: 5_000 }
  plane.simulator.script.add({ type: 'answer', text: 'x', usage })
  expect((await chat(apiKey, { max_tokens: 10 })).status).toBe(200)
  await waitUntil(async () => (await chat(apiKey, { max_tokens: 1 })).status === 429)
})

test('so many calls are under way at a time, over all processes; one that ends or is left makes room', async () => {
  const { apiKey } = await limited({ concurrency: 3 })
  const model = plane.spareModel()
  plane.simulator.script.add({ type: 'silence', model, times: 3 })
  const leaving = many(3, () => new AbortController())
  const underWay = leaving.map(({ signal }) => chat(apiKey, { model }, signal).catch(() => null))
  await waitUntil(() => plane.simulator.requests().filter(({ body }) => askedFor(body) === model).length === 3)
  const refused = await chat(apiKey)
  expect(refused.status).toBe(429)
  expect((await errorOf(refused)).message).toContain('3 requests at a time')
  expect(limitsIn(refused)).toMatchObject({ limit: 3, remaining: 0, unit: 'concurrency' })
  const elsewhere = await fetch(`${second.url}/v1/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: 'sim-embedding', input: 'x' }),
  })
  expect(elsewhere.status).toBe(429)

  leaving[0]?.abort()
  await waitUntil(async () => (await embed(apiKey)).status === 200)
  for (const controller of leaving) controller.abort()
  await Promise.all(underWay)
})

test('a limit that is lowered holds at once, and what was used before counts', async () => {
  const { apiKey, change } = await limited({ requestsPerMinute: 1_000 })
  await expect(statusesOf(many(10, () => chat(apiKey)))).resolves.toEqual({ 200: 10 })
  await change({ requestsPerMinute: 8 })
  await waitUntil(async () => limitsIn(await models(apiKey)).limit === 8)
  await waitUntil(async () => (await chat(apiKey)).status === 429)
  await change({ requestsPerMinute: 1_000 })
  await waitUntil(async () => (await chat(apiKey)).status === 200)
})

test('at full speed Redis is asked for few of the calls', async () => {
  const { workspaceId, apiKey } = await limited({})
  const calls = 1_500
  let begun = 0
  const caller = async (): Promise<void> => {
    while ((begun += 1) <= calls) expect((await chat(apiKey)).status).toBe(200)
  }
  await Promise.all(many(48, caller))
  const reports = Number((await plane.redis.hvals(`limits:{${workspaceId}}:requests:leases`))[0]?.split(' ')[1])
  expect(reports).toBeGreaterThan(0)
  expect(reports / calls).toBeLessThan(0.05)
})
