import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Step } from '../../shared/embedded/simulator/script.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { key, model, workspace } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let plane: DataPlaneHarness
beforeAll(async () => {
  // Short limits, so that a silent provider is given up on within the time of a test.
  plane = await startDataPlane({ timeouts: { connectMs: 500, firstTokenMs: 300, idleMs: 300, totalMs: 1_500 } })
})
afterAll(() => plane.stop())

// Each call goes to an endpoint of its own: what failed before must not have closed it.
const chat = (body: object = CHAT, options = {}): Promise<Response> =>
  plane.post('/v1/chat/completions', { ...body, model: plane.spareModel() }, options)

async function recordOf(response: Response): Promise<Generation> {
  const id = response.headers.get('x-nr-generation-id')
  return waitUntil(async () => (await plane.generations(1)).find((generation) => generation.id === id), {
    what: `the record of ${id}`,
  })
}

async function whenSettled(): Promise<number> {
  const settled = await waitUntil(async () => {
    const now = await plane.credits.read('workspace-1')
    return now?.reserved === 0 && now
  })
  return settled.balance
}

const twice = (outcome: string): string[] => [outcome, outcome]

test.each<[string, Step, number, string, string[]]>([
  ['an overloaded provider', { type: 'status', status: 500 }, 503, 'no_provider_available', twice('unavailable')],
  ['a provider that limits us', { type: 'status', status: 429 }, 503, 'no_provider_available', ['rate-limit']],
  ['a provider that refuses the request', { type: 'status', status: 400 }, 400, 'invalid_request', ['request']],
  [
    'a redirect',
    { type: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    503,
    'no_provider_available',
    twice('unavailable'),
  ],
  ['a connection reset', { type: 'connection-reset' }, 503, 'no_provider_available', twice('connection')],
  ['a body cut half-way', { type: 'cut-json' }, 503, 'no_provider_available', twice('connection')],
  ['a body that is not JSON', { type: 'malformed-chunk' }, 503, 'no_provider_available', twice('unavailable')],
])('%s is told plainly, recorded, and charged nothing', async (_name, step, status, type, outcomes) => {
  const before = await whenSettled()
  plane.simulator.script.add({ ...step, times: outcomes.length })
  const response = await chat()
  expect(response.status).toBe(status)
  expect((await errorOf(response)).type).toBe(type)
  const record = await recordOf(response)
  expect(record).toMatchObject({ status: 'failed', errorCode: type, chargeNanodollars: 0 })
  expect(record.attempts.map(({ outcome }) => outcome)).toEqual(outcomes)
  expect(await whenSettled()).toBe(before)
})

test.each([true, false])('a silent provider is given up on (stream: %s)', async (stream) => {
  plane.simulator.script.add({ type: 'silence', times: 2 })
  const response = await chat({ ...CHAT, stream })
  expect(response.status).toBe(503)
  const record = await recordOf(response)
  expect(record).toMatchObject({ status: 'failed' })
  // Streams are waited for as long as a first token may take, and tried again; a whole answer uses up the call's time.
  expect(record.attempts.map(({ outcome }) => outcome)).toEqual(stream ? twice('timeout') : ['timeout'])
  await plane.simulator.waitForAbort()
  plane.simulator.script.clear()
})

test('a first token that does not come in time is a failure, not an empty stream', async () => {
  plane.simulator.script.add({ type: 'slow-first-token', delayMs: 60_000, times: 2 })
  const response = await chat({ ...CHAT, stream: true })
  expect(response.status).toBe(503)
  const record = await recordOf(response)
  expect(record.chargeNanodollars).toBe(0)
  expect(record.attempts.map(({ outcome }) => outcome)).toEqual(twice('timeout'))
})

test('a refused credential is a 503 without the provider’s own words, and is not tried again at once', async () => {
  const own = await startDataPlane()
  try {
    own.simulator.script.add({ type: 'status', status: 401, body: { error: { message: 'bad key sk-secret-123' } } })
    const refused = await own.post('/v1/chat/completions', CHAT)
    expect(refused.status).toBe(503)
    expect(await refused.text()).not.toContain('sk-secret-123')
    const [record] = await own.generations(1)
    expect(record?.attempts.map(({ outcome }) => outcome)).toEqual(['credential'])
    const again = await own.post('/v1/chat/completions', CHAT)
    expect(again.status).toBe(503)
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(own.simulator.requests()).toHaveLength(1)
  } finally {
    await own.stop()
  }
})

test('the caller learns when to come back', async () => {
  plane.simulator.script.add({ type: 'status', status: 429, headers: { 'retry-after': '17' } })
  expect((await chat()).headers.get('retry-after')).toBe('17')
})

test.each<[string, Step]>([
  ['cut', { type: 'cut-mid-stream', afterChunks: 3 }],
  ['stalled', { type: 'stall', afterChunks: 3 }],
  ['malformed', { type: 'malformed-chunk', afterChunks: 3 }],
  ['failed from inside', { type: 'error-event', afterChunks: 3 }],
])(
  'a stream that is %s ends with an error event, without [DONE], and is recorded as truncated',
  async (_name, step) => {
    plane.simulator.script.add(step)
    const response = await chat({ ...CHAT, stream: true })
    const text = await response.text()
    expect(response.status).toBe(200)
    expect(text).not.toContain('[DONE]')
    expect(text.trimEnd().split('\n\n').at(-1)).toContain('"type":"stream_truncated"')
    const record = await recordOf(response)
    expect(record).toMatchObject({ status: 'truncated', errorCode: 'stream_truncated', usage: { estimated: true } })
    expect(record.chargeNanodollars).toBeGreaterThan(0)
  },
)

test('a stream without [DONE] but with a finish reason is complete', async () => {
  plane.simulator.script.add({ type: 'missing-done' })
  const response = await chat({ ...CHAT, stream: true })
  expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true)
  expect(await recordOf(response)).toMatchObject({ status: 'succeeded' })
})

test('an error inside a stream before its first content is an error answer', async () => {
  plane.simulator.script.add({ type: 'error-event', afterChunks: 0, times: 2 })
  const response = await chat({ ...CHAT, stream: true })
  expect(response.status).toBe(503)
  expect(await recordOf(response)).toMatchObject({ status: 'failed', chargeNanodollars: 0 })
})

test('a caller who leaves stops the provider, and pays for what had come', async () => {
  plane.simulator.script.add({ type: 'stall', afterChunks: 4 })
  const leaving = new AbortController()
  const response = await chat({ ...CHAT, stream: true }, { signal: leaving.signal })
  await response.body?.getReader().read()
  leaving.abort()
  await plane.simulator.waitForAbort()
  const record = await recordOf(response)
  expect(record).toMatchObject({ status: 'cancelled', usage: { estimated: true } })
  expect(record.chargeNanodollars).toBeGreaterThan(0)
})

test('a caller who leaves before anything came pays nothing', async () => {
  const before = await whenSettled()
  plane.simulator.forgetRequests()
  plane.simulator.script.add({ type: 'silence' })
  const leaving = new AbortController()
  const call = chat(CHAT, { signal: leaving.signal }).catch(() => null)
  await plane.simulator.waitForRequest()
  leaving.abort()
  await call
  await plane.simulator.waitForAbort()
  await waitUntil(async () =>
    (await plane.generations(1)).find(({ status, usage }) => status === 'cancelled' && !usage),
  )
  expect(await whenSettled()).toBe(before)
})

test('a custom base URL that leads inside is refused at the door, whatever its name', async () => {
  const inside = createServer((_request, response) => response.end('{}'))
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve))
  const { port } = inside.address() as AddressInfo
  const strict = await startDataPlane({ upstreamPolicy: 'public' })
  try {
    const caller = key()
    const credentials = [
      `http://127.0.0.1:${port}/v1`,
      `https://localhost:${port}/v1`,
      'https://[::1]/v1',
      'https://169.254.169.254/v1',
    ].map((baseUrl, index) => ({
      id: `credential-${index}`,
      gateway: 'custom' as const,
      sealedSecret: null,
      baseUrl,
      settings: {},
    }))
    const models = credentials.map(({ id }) =>
      model({ id: `via-${id}`, endpoints: [{ gateway: 'custom', upstreamModel: 'x', price: null, credentialId: id }] }),
    )
    await strict.publish(workspace({ workspaceId: 'inside', keys: [caller.key], credentials, models }))
    let reached = 0
    inside.on('request', () => (reached += 1))
    for (const { id } of models) {
      const response = await strict.post('/v1/chat/completions', { ...CHAT, model: id }, { apiKey: caller.secret })
      expect(response.status).toBe(503)
    }
    expect(reached).toBe(0)
  } finally {
    await strict.stop()
    inside.close()
  }
})
