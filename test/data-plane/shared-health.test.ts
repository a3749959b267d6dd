import { afterAll, beforeAll, expect, test } from 'vitest'
import { HEALTH_KEY } from '../../shared/redis/keys.ts'
import { CHAT, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { catalog, model, PRICE } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

/** Two processes on one Redis. Each test has a model at two providers of its own, so that nothing is known of them. */

let plane: DataPlaneHarness
let secondUrl: string
beforeAll(async () => {
  plane = await startDataPlane({}, { healthIntervalMs: 20 })
  const shared = catalog({ simulatorUrl: plane.simulator.url() })
  const [own] = shared.platformCredentials
  if (!own) throw new Error('the catalog has no credential')
  await plane.publishCatalog({
    ...shared,
    models: [0, 1].flatMap((index) => modelsOf(index)),
    platformCredentials: [own, { ...own, id: 'platform-openai', gateway: 'openai' }],
  })
  await waitUntil(async () => (await healthOf('shared-0', plane.url)) === 'healthy', { what: 'the catalog' })
  secondUrl = await plane.startAnother()
})
afterAll(() => plane.stop())

/** The second model is served by the first provider of the first alone, so that it is down while that one is shut. */
function modelsOf(index: number): ReturnType<typeof model>[] {
  const first = { gateway: 'simulator' as const, upstreamModel: `spare-${2 * index}`, price: PRICE, credentialId: null }
  const second = { ...first, gateway: 'openai' as const, upstreamModel: `spare-${2 * index + 1}` }
  return [
    model({ id: `shared-${index}`, endpoints: [first, second] }),
    model({ id: `alone-${index}`, endpoints: [first] }),
  ]
}

const ask = async (body: object, url = plane.url): Promise<string> => {
  const response = await plane.post('/v1/chat/completions', { ...CHAT, ...body }, { url })
  expect(response.status).toBe(200)
  return response.text()
}

const IN_ORDER = { provider: { order: ['simulator', 'openai'] } }

/** The first process meets an outage of the first provider, and hides it from its callers; the second hears of it. */
async function meetOutage(index: number): Promise<void> {
  plane.simulator.script.add({ type: 'status', status: 500, model: `spare-${2 * index}`, times: Infinity })
  for (let call = 0; call < 5; call += 1) await ask({ model: `shared-${index}`, ...IN_ORDER })
  await waitUntil(async () => (await healthOf(`alone-${index}`, secondUrl)) === 'down', {
    what: 'that the second process hears of the outage',
  })
}

async function healthOf(id: string, url: string): Promise<unknown> {
  const response = await fetch(`${url}/v1/models/${id}`, { headers: { authorization: `Bearer ${plane.apiKey}` } })
  return Reflect.get((await response.json()) as object, 'health')
}

const askedOf = (name: string): number =>
  plane.simulator.requests().filter(({ body }) => Reflect.get(body as object, 'model') === name).length

test('an outage that one process saw keeps another from asking that provider, streamed and not', async () => {
  expect(await healthOf('alone-0', secondUrl)).toBe('healthy')
  await meetOutage(0)
  expect(await healthOf('shared-0', secondUrl)).toBe('degraded')
  const asked = askedOf('spare-0')
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_none, call) =>
      ask({ model: 'shared-0', stream: call % 2 === 1, ...IN_ORDER }, secondUrl),
    ),
  )
  expect(answers.filter((answer) => answer.includes('"finish_reason":"stop"'))).toHaveLength(12)
  // After a second one call may look whether the provider is well again; a process that had not heard would need five.
  expect(askedOf('spare-0') - asked).toBeLessThanOrEqual(1)
})

test('a report that cannot be read is done away with, and keeps nobody from hearing the others', async () => {
  await plane.redis.hset(HEALTH_KEY, 'a-process-of-another-version', '{"at":"noon"}')
  await meetOutage(1)
  await waitUntil(async () => (await plane.redis.hexists(HEALTH_KEY, 'a-process-of-another-version')) === 0, {
    what: 'that the report is gone',
  })
})
