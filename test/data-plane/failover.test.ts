import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Step } from '../../shared/embedded/simulator/script.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { catalog, key, model, PRICE, workspace } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

/**
 * What a caller sees, pays and finds in the record when a provider fails. Each scenario has a model of its own at two
 * providers, `first` and `second`, which the simulator plays.
 */

const TRAINS = 45

let plane: DataPlaneHarness
beforeAll(async () => {
  plane = await startDataPlane({ timeouts: { connectMs: 500, firstTokenMs: 300, idleMs: 300, totalMs: 1_500 } })
  const base = catalog({ simulatorUrl: plane.simulator.url() })
  const [own] = base.platformCredentials
  if (!own) throw new Error('the catalog has no credential')
  await plane.publishCatalog({
    ...base,
    models: Array.from({ length: TRAINS }, (_none, index) => trainModel(index)),
    platformCredentials: [own, { ...own, id: 'platform-openai', gateway: 'openai' }],
  })
  await waitUntil(async () => {
    const models = await fetch(`${plane.url}/v1/models`, { headers: { authorization: `Bearer ${plane.apiKey}` } })
    return (await models.text()).includes('train-0')
  })
})
afterAll(() => plane.stop())

/** A model whose first provider is the simulator's own gateway, with the dearer second one behind it. */
function trainModel(index: number): ReturnType<typeof model> {
  return model({
    id: `train-${index}`,
    // Every third one holds more.
    contextWindow: index % 3 === 0 ? 256_000 : 128_000,
    endpoints: [
      { gateway: 'simulator', upstreamModel: `spare-${2 * index}`, price: PRICE, credentialId: null },
      { gateway: 'openai', upstreamModel: `spare-${2 * index + 1}`, price: PRICE, credentialId: null },
    ],
  })
}

let taken = 0
interface Train {
  readonly id: string
  /** The names its providers know it by. */
  readonly first: string
  readonly second: string
}

function nextTrain(): Train {
  const index = taken
  taken += 1
  return { id: `train-${index}`, first: `spare-${2 * index}`, second: `spare-${2 * index + 1}` }
}

const IN_ORDER = { provider: { order: ['simulator', 'openai'] } }

const call = (train: Train, fields: object = {}, options = {}): Promise<Response> =>
  plane.post('/v1/chat/completions', { ...CHAT, model: train.id, ...IN_ORDER, ...fields }, options)

async function recordOf(response: Response): Promise<Generation> {
  const id = response.headers.get('x-nr-generation-id')
  return waitUntil(async () => (await plane.generations(1)).find((generation) => generation.id === id), {
    what: `the record of ${id}`,
  })
}

const outcomes = ({ attempts }: Generation): string[] => attempts.map(({ outcome }) => outcome)
const askedOf = (name: string): number => plane.simulator.requests().filter(({ body }) => modelIn(body) === name).length

function modelIn(body: unknown): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, 'model') : undefined
}

describe.each([false, true])('streamed: %s', (stream) => {
  test.each<[string, Step, string]>([
    [
      'a provider that limits us and says for how long',
      { type: 'status', status: 429, headers: { 'retry-after': '20' } },
      'rate-limit',
    ],
    ['a provider that limits us', { type: 'status', status: 429 }, 'rate-limit'],
    ['a single 500', { type: 'status', status: 500 }, 'unavailable'],
    ['a 503', { type: 'status', status: 503 }, 'unavailable'],
    ['a connection reset before any header', { type: 'connection-reset' }, 'connection'],
    ['no answer at all', { type: 'silence' }, 'timeout'],
    ['headers but no first token', { type: 'slow-first-token', delayMs: 60_000 }, 'timeout'],
    ['an answer that is not the vendor’s', { type: 'malformed-chunk', afterChunks: 0 }, 'unavailable'],
    ['an error instead of content', { type: 'error-event', afterChunks: 0 }, 'unavailable'],
    ['a connection that breaks before any content', { type: 'cut-json' }, 'connection'],
  ])('%s is absorbed: the next provider answers, and only its answer is paid for', async (_name, step, outcome) => {
    const train = nextTrain()
    plane.simulator.script.add({ ...step, model: train.first })
    const response = await call(train, { stream })
    expect(response.status).toBe(200)
    expect(response.headers.get('x-nr-gateway')).toBe('openai')
    const text = await response.text()
    expect(text).toContain('Paris')
    expect(text.endsWith('data: [DONE]\n\n')).toBe(stream)
    const record = await recordOf(response)
    expect(record).toMatchObject({ status: 'succeeded', gateway: 'openai', errorCode: null })
    expect(outcomes(record)).toEqual([outcome, 'answered'])
    expect(record.chargeNanodollars).toBe(Math.round((record.costNanodollars ?? 0) * 1.25))
  })

  test('a provider that fails for good is left alone after a handful of calls, and every call is answered', async () => {
    const train = nextTrain()
    plane.simulator.script.add({ type: 'status', status: 503, model: train.first, times: 1_000 })
    for (let count = 0; count < 12; count += 1) {
      const response = await call(train, { stream })
      expect(response.status).toBe(200)
      await response.text()
    }
    expect(askedOf(train.first)).toBe(5)
  })

  test('a provider that asks to be left alone is left alone', async () => {
    const train = nextTrain()
    plane.simulator.script.add({ type: 'status', status: 429, headers: { 'retry-after': '20' }, model: train.first })
    for (let count = 0; count < 5; count += 1) expect((await call(train, { stream })).status).toBe(200)
    expect(askedOf(train.first)).toBe(1)
  })

  test('a provider that flaps costs nobody an answer', async () => {
    const train = nextTrain()
    for (let count = 0; count < 10; count += 1) {
      plane.simulator.script.add({ type: 'status', status: 500, model: train.first })
      plane.simulator.script.add({ type: 'answer', model: train.first })
      expect((await call(train, { stream })).status).toBe(200)
    }
  })

  test('a failure that passes is tried again where there is only one provider', async () => {
    const train = nextTrain()
    plane.simulator.script.add({ type: 'status', status: 500, model: train.first })
    const response = await call(train, { stream, provider: { only: ['simulator'] } })
    expect(response.status).toBe(200)
    expect(outcomes(await recordOf(response))).toEqual(['unavailable', 'answered'])
  })

  test('a prompt that is too long goes to a fallback that holds more, and to no other', async () => {
    const [train, small, large] = [nextTrain(), nextTrain(), nextTrain()].sort((left) => (holdsMore(left) ? 1 : -1))
    if (!train || !small || !large) throw new Error('there are no trains left')
    const tooLong = { error: { message: 'maximum context length is 128000 tokens', code: 'context_length_exceeded' } }
    for (const name of [train.first, train.second, small.first, small.second]) {
      plane.simulator.script.add({ type: 'status', status: 400, body: tooLong, model: name })
    }
    const alone = await call(train, { stream })
    expect(alone.status).toBe(400)
    expect((await errorOf(alone)).type).toBe('invalid_request')
    plane.simulator.script.add({ type: 'status', status: 400, body: tooLong, model: train.first })
    const response = await call(train, { stream, route: { fallbacks: [small.id, large.id] } })
    expect(response.status).toBe(200)
    expect(response.headers.get('x-nr-model')).toBe(large.id)
    expect(askedOf(small.first) + askedOf(small.second)).toBe(0)
    plane.simulator.script.clear()
  })

  test('what a provider’s filter refuses is not carried to another provider', async () => {
    const train = nextTrain()
    const filtered = { error: { message: 'flagged by our policy', code: 'content_policy_violation' } }
    plane.simulator.script.add({ type: 'status', status: 400, body: filtered, model: train.first })
    const response = await call(train, { stream })
    expect(response.status).toBe(400)
    expect(askedOf(train.second)).toBe(0)
    expect(await recordOf(response)).toMatchObject({ status: 'failed', chargeNanodollars: 0 })
  })

  test('a fallback that refuses the request’s shape does not make the request the caller’s fault', async () => {
    const train = nextTrain()
    plane.simulator.script.add({ type: 'status', status: 500, model: train.first, times: 2 })
    plane.simulator.script.add({ type: 'status', status: 400, model: train.second })
    const response = await call(train, { stream })
    expect(response.status).toBe(503)
    expect((await errorOf(response)).type).toBe('no_provider_available')
    const record = await recordOf(response)
    expect(outcomes(record)).toEqual(['unavailable', 'request', 'unavailable'])
    expect(record.chargeNanodollars).toBe(0)
  })

  test('when nobody is left the caller learns when to come back, and nothing that a provider said', async () => {
    const train = nextTrain()
    for (const name of [train.first, train.second]) {
      const body = { error: { message: 'org-4711 is over its limit' } }
      plane.simulator.script.add({ type: 'status', status: 429, headers: { 'retry-after': '17' }, body, model: name })
    }
    const response = await call(train, { stream })
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(15)
    expect(await response.text()).not.toContain('org-4711')
    expect(outcomes(await recordOf(response))).toEqual(['rate-limit', 'rate-limit'])
  })
})

test('a first token that takes longer than `max_latency_ms` is given up for the next provider', async () => {
  const train = nextTrain()
  plane.simulator.script.add({ type: 'slow-first-token', delayMs: 60_000, model: train.first })
  const startedMs = performance.now()
  const response = await call(train, { stream: true, route: { max_latency_ms: 50 } })
  expect(response.status).toBe(200)
  await response.text()
  // The provider's own limit is 300 ms.
  expect(performance.now() - startedMs).toBeLessThan(290)
  expect(outcomes(await recordOf(response))).toEqual(['timeout', 'answered'])
})

test.each<[string, Step]>([
  ['cut', { type: 'cut-mid-stream', afterChunks: 3 }],
  ['stalled', { type: 'stall', afterChunks: 3 }],
  ['broken by nonsense', { type: 'malformed-chunk', afterChunks: 3 }],
])('a stream that is %s after its first content is not begun again, and never ends cleanly', async (_name, step) => {
  const train = nextTrain()
  plane.simulator.script.add({ ...step, model: train.first })
  const response = await call(train, { stream: true })
  const text = await response.text()
  expect(text).not.toContain('[DONE]')
  expect(text).toContain('stream_truncated')
  expect(askedOf(train.second)).toBe(0)
  const record = await recordOf(response)
  expect(record).toMatchObject({ status: 'truncated', gateway: 'simulator' })
  expect(record.chargeNanodollars).toBeGreaterThan(0)
})

test('a refused credential is replaced by the workspace’s next one, and not asked with again', async () => {
  const train = nextTrain()
  const caller = key()
  const credentials = ['first', 'second'].map((name) => ({
    id: `rotated-${name}`,
    gateway: 'simulator' as const,
    sealedSecret: null,
    baseUrl: plane.simulator.url(),
    settings: { name },
  }))
  await plane.publish(workspace({ workspaceId: 'rotating', keys: [caller.key], credentials }))
  plane.simulator.script.add({ type: 'status', status: 401, model: train.first })
  const ask = () => call(train, { provider: { only: ['simulator'] } }, { apiKey: caller.secret })
  const response = await ask()
  expect(response.status).toBe(200)
  const { attempts } = await recordOf(response)
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['credential', 'answered'])
  expect(new Set(attempts.map(({ credentialId }) => credentialId)).size).toBe(2)
  expect((await recordOf(await ask())).attempts.map(({ credentialId }) => credentialId)).toEqual([
    attempts[1]?.credentialId,
  ])
})

test('the sum of all charges is what left the balance', async () => {
  const spent = await waitUntil(async () => {
    const now = await plane.credits.read('workspace-1')
    return now?.reserved === 0 && 20_000_000_000 - now.balance
  })
  const records = await plane.generations(1)
  expect(records.reduce((sum, { chargeNanodollars }) => sum + chargeNanodollars, 0)).toBe(spent)
})

function holdsMore({ id }: Train): boolean {
  return Number(id.slice('train-'.length)) % 3 === 0
}
