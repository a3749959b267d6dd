import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { publishLimited } from '../helpers/limited-workspace.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let plane: DataPlaneHarness
beforeAll(async () => {
  // One of four, which share the limits while Redis is away.
  plane = await startDataPlane({ processes: 4 })
})
afterAll(() => plane.stop())

const chat = (apiKey: string): Promise<Response> => plane.post('/v1/chat/completions', CHAT, { apiKey })

/** Gives how many passed before one was refused. */
async function callUntilRefused(apiKey: string): Promise<number> {
  for (let passed = 0; ; passed += 1) {
    const response = await chat(apiKey)
    await response.text()
    if (response.status === 429) return passed
    expect(response.status).toBe(200)
  }
}

test('while Redis is away a process keeps to its share of a limit, or serves nobody, as the workspace says', async () => {
  const local = await publishLimited(plane, { requestsPerMinute: 20 })
  const closed = await publishLimited(plane, { requestsPerMinute: 20, whenRedisIsAway: 'closed' })
  expect((await chat(local.apiKey)).status).toBe(200)
  expect((await chat(closed.apiKey)).status).toBe(200)

  await plane.redisServer.stop()
  const passed = 1 + (await callUntilRefused(local.apiKey))
  expect(passed).toBe(5)
  // It may use up what it has leased; then it is closed.
  const refused = await waitUntil(async () => {
    const response = await chat(closed.apiKey)
    return response.status === 503 && response
  })
  expect((await errorOf(refused)).message).toBe(
    'Signalbox cannot check the rate limits at the moment: try again shortly.',
  )
  expect(refused.headers.get('x-ratelimit-limit')).toBe('20')

  // It comes back with nothing in it.
  await plane.redisServer.start()
  await waitUntil(() => plane.redis.ping().catch(() => null))
  for (const { workspaceId } of [local, closed]) await plane.credits.seed(workspaceId, fromDollars(10))
  await waitUntil(async () => (await chat(closed.apiKey)).status === 200)
  await waitUntil(() => plane.redis.hget(`limits:{${local.workspaceId}}:requests:window`, 'used'))
  expect(passed + (await callUntilRefused(local.apiKey))).toBe(20)
})
