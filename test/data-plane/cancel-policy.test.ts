import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Step } from '../../shared/embedded/simulator/script.ts'
import type { Simulator } from '../../shared/embedded/simulator/server.ts'
import { DEFAULT_CANCEL_POLICY, type CancelPolicy } from '../../shared/llm/cancel-policy.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { abTest, filterRouter, toTest } from '../helpers/ab-test-fixtures.ts'
import { CHAT } from '../helpers/data-plane-harness.ts'
import { GPT, SONNET, startOpenRouterWorld, type OpenRouterWorld } from '../helpers/openrouter-world.ts'
import { model, workspace } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let world: OpenRouterWorld
beforeAll(async () => {
  world = await startOpenRouterWorld()
})
afterAll(() => world.stop())

const PROXY = '/v1/proxy/openrouter/chat/completions'
/** Where streams are asked for, and of which model. */
const DOORS = {
  chat: ['/v1/chat/completions', 'sim-fast'],
  application: ['/api/applications/test-1/v1/chat/completions', 'sim-fast'],
  router: ['/api/router/router-1/v1/chat/completions', 'sim-fast'],
  credits: ['/v1/llm/chat/completions', 'sim-fast'],
  proxy: [PROXY, SONNET],
} as const
type Door = keyof typeof DOORS
const doors = Object.keys(DOORS) as Door[]

/** Two that the simulator knows and the catalog does not. */
const [SILENT, STUCK] = ['spare-1', 'spare-2'] as const

const FINISH: Partial<CancelPolicy> = { mode: 'finish' }
/** 100 tokens at $1 a million and 50 at $4, a quarter on top. */
const USAGE = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 }
const EXACT = {
  status: 'cancelled',
  finishReason: 'stop',
  errorCode: null,
  usage: { uncachedInputTokens: 100, outputTokens: 50, estimated: false },
  costNanodollars: 300_000,
  chargeNanodollars: 375_000,
}
const CUT = { status: 'cancelled', usage: { estimated: true } }
/** A second long, so that there is a middle to leave in on a machine that is busy. */
const ANSWER = { type: 'answer', text: 'word '.repeat(40), tokensPerSecond: 40, usage: USAGE } as const
/** Ends only where it is cut. */
const ENDLESS = { type: 'stall', afterChunks: 4 } as const

const upstreamOf = (path: string): Simulator => (path === PROXY ? world.openRouter : world.plane.simulator)

async function keyWith(policy: Partial<CancelPolicy>, changes: Parameters<typeof workspace>[0] = {}): Promise<string> {
  const { settings } = workspace()
  const { apiKey } = await world.addWorkspace(10, {
    settings: { ...settings, cancelPolicy: { ...DEFAULT_CANCEL_POLICY, ...policy } },
    abTests: [abTest()],
    routers: [filterRouter({ defaultTarget: toTest() })],
    models: [model({ id: SILENT }), model({ id: STUCK })],
    ...changes,
  })
  return apiKey
}

/** Asks for a stream, and leaves when its first words have come. Gives the call's record. */
async function leave(apiKey: string, path: string, asked: string): Promise<Generation> {
  const leaving = new AbortController()
  // What is forwarded goes as it comes, and the simulator tells usage only where it is asked.
  const body = { ...CHAT, model: asked, stream: true, stream_options: { include_usage: true } }
  const response = await world.plane.post(path, body, { apiKey, signal: leaving.signal })
  expect(response.status).toBe(200)
  await readFirstWords(response)
  leaving.abort()
  return world.plane.record(response.headers.get('x-nr-generation-id') ?? '')
}

async function readFirstWords({ body }: Response): Promise<void> {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  for (let text = ''; !/"content":"\w/.test(text);) {
    const { value, done } = (await reader?.read()) ?? { done: true }
    if (done) throw new Error('the stream ended without words')
    text += value
  }
}

/** Leaves a call in its middle at every door. Gives their records. */
async function leaveEveryDoor(policy: Partial<CancelPolicy>, step: Step) {
  const apiKey = await keyWith(policy)
  const calls = doors.map(async (door) => {
    const [path, model] = DOORS[door]
    upstreamOf(path).script.add({ ...step, model })
    return [door, await leave(apiKey, path, model)] as const
  })
  return Promise.all(calls)
}

test('at every door a provider that is stopped is charged for by an estimate of what came', async () => {
  for (const [door, record] of await leaveEveryDoor({}, ENDLESS)) {
    expect([door, record]).toMatchObject([door, CUT])
    expect([door, record.chargeNanodollars]).not.toEqual([door, 0])
  }
  const cut = (upstream: Simulator): number => upstream.requests().filter(({ aborted }) => aborted).length
  await waitUntil(() => cut(world.openRouter) === 1 && cut(world.plane.simulator) === doors.length - 1)
})

// Each waits for a second, which is the least time that can be set; so they wait together.
describe.concurrent('a provider that is read on', () => {
  test('to its end is charged for by its own usage, at every door', async () => {
    for (const [door, record] of await leaveEveryDoor(FINISH, ANSWER)) {
      expect([door, record]).toMatchObject([door, EXACT])
    }
  })

  test('is one of those of which the workspace says so, and no other', async () => {
    const apiKey = await keyWith({ mode: 'stop', gateways: { openrouter: 'finish' } })
    world.plane.simulator.script.add({ ...ENDLESS, model: 'sim-smart' })
    world.openRouter.script.add({ ...ANSWER, model: GPT, times: 2 })
    const [stopped, ...finished] = await Promise.all([
      leave(apiKey, '/v1/chat/completions', 'sim-smart'),
      leave(apiKey, '/v1/chat/completions', 'openrouter:gpt-5.2'),
      leave(apiKey, PROXY, GPT),
    ])
    expect(stopped).toMatchObject({ gateway: 'simulator', ...CUT })
    for (const record of finished) expect(record).toMatchObject({ gateway: 'openrouter', ...EXACT })
  })

  test('to its end and tells no usage is charged for by an estimate', async () => {
    world.plane.simulator.script.add({ ...ANSWER, model: SILENT, usage: null })
    const record = await leave(await keyWith(FINISH), '/v1/chat/completions', SILENT)
    expect(record).toMatchObject({ ...CUT, finishReason: 'stop' })
  })

  test('for too long is stopped, and charged for by an estimate', async () => {
    const ofTheirOwn = { gateway: 'openrouter', sealedSecret: null, baseUrl: world.openRouter.url() } as const
    const apiKey = await keyWith(
      { ...FINISH, finishWithinMs: 1_000 },
      { credentials: [{ id: 'own', settings: {}, ...ofTheirOwn }] },
    )
    const calls = [
      ['/v1/chat/completions', STUCK],
      [PROXY, 'nobody/unlisted'],
    ] as const
    for (const [path, model] of calls) upstreamOf(path).script.add({ ...ENDLESS, model })
    const records = await Promise.all(calls.map(([path, model]) => leave(apiKey, path, model)))
    for (const record of records) {
      expect(record).toMatchObject(CUT)
      expect(record.latencyMs).toBeGreaterThanOrEqual(1_000)
    }
    expect(records[0]?.chargeNanodollars).toBeGreaterThan(0)
  })
})

test.each([{ mode: 'stop' }, { mode: 'finish' }] as const)(
  'with $mode, who leaves before the first content stops the provider and pays nothing, at every door',
  async (policy) => {
    const apiKey = await keyWith(policy)
    const calls = doors.map(async (door) => {
      const [path, model] = DOORS[door]
      const upstream = upstreamOf(path)
      upstream.script.add({ type: 'slow-first-token', delayMs: 60_000, model })
      const leaving = new AbortController()
      const call = world.plane.post(path, { ...CHAT, model, stream: true }, { apiKey, signal: leaving.signal })
      await waitUntil(() => upstream.script.remaining() === 0)
      leaving.abort()
      // The proxy passes headers on before there is any content.
      await call.then(({ body }) => body?.cancel()).catch(() => undefined)
    })
    await Promise.all(calls)
    const records = await waitUntil(async () => {
      const found = await world.plane.generations(doors.length)
      const own = found.filter(({ keyId }) => keyId.endsWith(apiKey.slice(-4)))
      return own.length === doors.length && own
    })
    for (const record of records) expect(record).toMatchObject({ status: 'cancelled', chargeNanodollars: 0 })
    expect(records.some(({ usage }) => usage !== null)).toBe(false)
  },
)
