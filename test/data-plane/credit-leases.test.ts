import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDataPlane, type DataPlane } from '../../data-plane/app.ts'
import { nanodollars } from '../../shared/money/nanodollars.ts'
import { balanceKey, leaseDeadlinesKey, leasesKey } from '../../shared/redis/keys.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { catalog, key, model, PRICE, workspace } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const PLANES = 4
/** What a call of the model `fixed` costs, and at most can cost: a price a call, with the markup of a quarter. */
const FIXED_CHARGE = 1_250

let plane: DataPlaneHarness
const others: { dataPlane: DataPlane; url: string }[] = []
beforeAll(async () => {
  plane = await startDataPlane()
  const nothing = Object.fromEntries(Object.keys(PRICE.rates).map((rate) => [rate, 0])) as typeof PRICE.rates
  const price = { ...PRICE, rates: nothing, perRequestNanodollars: 1_000 }
  const endpoints = [{ gateway: 'simulator' as const, upstreamModel: 'sim-fast', price, credentialId: null }]
  await plane.publishCatalog(
    catalog({
      simulatorUrl: plane.simulator.url(),
      models: [model(), model({ id: 'fixed', endpoints }), model({ id: 'dear' })],
    }),
  )
  for (let index = 1; index < PLANES; index += 1) {
    const dataPlane = createDataPlane({
      environment: { ...plane.environment, port: 0 },
      logger: createLogger('test', 'silent'),
      pollMs: 200,
    })
    others.push({ dataPlane, url: await dataPlane.start() })
  }
})
afterAll(async () => {
  await Promise.all(others.map(({ dataPlane }) => dataPlane.stop()))
  await plane.stop()
})

async function workspaceWith(balance: number): Promise<{ workspaceId: string; apiKey: string }> {
  const fresh = key()
  const workspaceId = `money-${fresh.key.id}`
  await plane.publish(workspace({ workspaceId, keys: [fresh.key] }))
  await plane.credits.seed(workspaceId, nanodollars(balance))
  return { workspaceId, apiKey: fresh.secret }
}

async function ask(url: string, apiKey: string, body: object): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ ...CHAT, ...body }),
  })
  await response.arrayBuffer()
  return response.status
}

/** 64 callers over all processes, each going on until it was refused twice. Gives how often each status came. */
async function callUntilRefused(apiKey: string, body: object): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  const urls = [plane.url, ...others.map(({ url }) => url)]
  const caller = async (_each: unknown, index: number): Promise<void> => {
    for (let refusals = 0; refusals < 2;) {
      const status = await ask(urls[index % urls.length] ?? plane.url, apiKey, body)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status !== 200) refusals += 1
    }
  }
  await Promise.all(Array.from({ length: 64 }, caller))
  return statuses
}

const settled = (workspaceId: string) =>
  waitUntil(
    async () => {
      const live = await plane.credits.read(workspaceId)
      return live?.reserved === 0 && live
    },
    { what: 'a balance without reservations' },
  )

test('4 processes, 64 callers and money for exactly 1,000 calls: exactly 1,000 succeed and nothing is left', async () => {
  const { workspaceId, apiKey } = await workspaceWith(1_000 * FIXED_CHARGE)
  const statuses = await callUntilRefused(apiKey, { model: 'fixed' })
  expect(Object.fromEntries(statuses)).toEqual({ 200: 1_000, 402: 128 })
  expect(await settled(workspaceId)).toMatchObject({ balance: 0, reserved: 0 })
  expect(await plane.redis.get(balanceKey(workspaceId))).toBe('0')
})

test('a call is refused only when less than its worst case is left, whoever held the money', async () => {
  const { workspaceId, apiKey } = await workspaceWith(3_000_000)
  const worstCase = (JSON.stringify({ ...CHAT, max_tokens: 20 }).length * 1_000 + 20 * 4_000) * 1.25
  const statuses = await callUntilRefused(apiKey, { max_tokens: 20 })
  expect([...statuses.keys()].sort()).toEqual([200, 402])
  const { balance } = await settled(workspaceId)
  expect(balance).toBeGreaterThanOrEqual(0)
  expect(balance).toBeLessThan(worstCase)
})

test('at 5,000 calls a second Redis is told of them less than once in twenty calls', async () => {
  const { workspaceId, apiKey } = await workspaceWith(1_000_000_000_000)
  const calls = 1_500
  const startedMs = performance.now()
  let begun = 0
  const caller = async (): Promise<void> => {
    while ((begun += 1) <= calls) expect(await ask(plane.url, apiKey, { model: 'fixed' })).toBe(200)
  }
  await Promise.all(Array.from({ length: 64 }, caller))
  const elapsedMs = performance.now() - startedMs
  const [lease = ''] = await plane.redis.hvals(leasesKey(workspaceId))
  const reports = Number(lease.split(' ')[2])
  expect(reports).toBeGreaterThan(0)
  // One each 50 ms is for the time it takes, which is the machine's; the rest is for the calls.
  const atSpeed = Math.max(0, reports - elapsedMs / 50) + (20 * calls) / 5_000
  expect(atSpeed / calls).toBeLessThan(0.05)
  expect((await settled(workspaceId)).balance).toBe(1_000_000_000_000 - calls * FIXED_CHARGE)
})

test('a top-up reaches a workspace that had nothing left', async () => {
  const { workspaceId, apiKey } = await workspaceWith(0)
  expect(await ask(plane.url, apiKey, { model: 'fixed' })).toBe(402)
  await plane.credits.credit(workspaceId, { entryId: 'more', amount: nanodollars(2 * FIXED_CHARGE) }, Date.now())
  expect(await ask(plane.url, apiKey, { model: 'fixed' })).toBe(200)
  expect(await ask(others[0]?.url ?? '', apiKey, { model: 'fixed' })).toBe(200)
  expect(await ask(plane.url, apiKey, { model: 'fixed' })).toBe(402)
})

test('idle money of a lease that Redis lost is not spent beside the restored balance', async () => {
  const { workspaceId, apiKey } = await workspaceWith(100 * FIXED_CHARGE)
  expect(await ask(plane.url, apiKey, { model: 'fixed' })).toBe(200)
  await settled(workspaceId)
  await plane.redis.del(balanceKey(workspaceId), leasesKey(workspaceId), leaseDeadlinesKey(workspaceId))
  // What the ledger says: one call was charged for.
  await plane.credits.seed(workspaceId, nanodollars(99 * FIXED_CHARGE))
  expect(await ask(plane.url, apiKey, { model: 'fixed' })).toBe(200)
  await waitUntil(() => plane.redis.hlen(leasesKey(workspaceId)), { what: 'word from the process' })
  const statuses = await callUntilRefused(apiKey, { model: 'fixed' })
  expect(Object.fromEntries(statuses)).toEqual({ 200: 98, 402: 128 })
  expect(await settled(workspaceId)).toMatchObject({ balance: 0, reserved: 0 })
})

test('a workspace whose money is not known is not served, and neither is it refused for lack of money', async () => {
  const { workspaceId, apiKey } = await workspaceWith(0)
  await plane.redis.del(balanceKey(workspaceId))
  const response = await plane.post('/v1/chat/completions', CHAT, { apiKey })
  expect(response.status).toBe(503)
  expect((await errorOf(response)).type).toBe('service_unavailable')
})

test('a fallback that the balance does not cover is left out, and does not have the first choice refused', async () => {
  const { workspaceId, apiKey } = await workspaceWith(3 * FIXED_CHARGE)
  const body = { model: 'fixed', route: { fallbacks: ['dear'] } }
  const response = await plane.post('/v1/chat/completions', { ...CHAT, ...body }, { apiKey })
  expect(response.status).toBe(200)
  expect((await settled(workspaceId)).balance).toBe(2 * FIXED_CHARGE)
  const alone = await plane.post('/v1/chat/completions', { ...CHAT, model: 'dear' }, { apiKey })
  expect(alone.status).toBe(402)
})
