import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Step } from '../../shared/embedded/simulator/script.ts'
import { chunksOf, startTwoProviders, type TwinModel, type TwoProviders } from '../helpers/two-providers.ts'

/** What an answer tells of how it came about. */
let world: TwoProviders
beforeAll(async () => {
  world = await startTwoProviders()
})
afterAll(() => world.plane.stop())

const play = (model: string, ...steps: Step[]): void =>
  world.plane.simulator.script.add(...steps.map((step) => ({ ...step, model })))

interface Routing {
  readonly selected: string
  readonly reason: string
  readonly attempts: readonly object[]
  readonly revision: string
  readonly [field: string]: unknown
}

async function routingOf(response: Response, stream: boolean): Promise<Routing> {
  const text = await response.text()
  const body = stream ? chunksOf(text)[0] : (JSON.parse(text) as Record<string, unknown>)
  return body?.['routing'] as Routing
}

const failing = (status: number): Step => ({ type: 'status', status })

describe.each([false, true])('streamed: %s', (stream) => {
  test('an answer at the first try tells of one attempt, and of no fallback', async () => {
    const twin = world.next()
    const response = await world.chat(twin, { stream })
    const routing = await routingOf(response, stream)
    expect(Object.keys(routing)).toEqual([
      'selected',
      'objective',
      'candidates_considered',
      'reason',
      'fallback_used',
      'attempts',
      'revision',
    ])
    expect(routing).toMatchObject({ selected: twin.id, candidates_considered: 2, fallback_used: false })
    expect(routing.attempts).toEqual([
      { gateway: 'simulator', model: twin.first, outcome: 'answered', status: 200, duration_ms: expect.any(Number) },
    ])
    expect((await world.recordOf(response)).snapshotRevision.startsWith(routing.revision)).toBe(true)
    expect(routing.revision).toHaveLength(12)
  })

  test('a second try at the same provider is no fallback, and the reason stays as it was', async () => {
    const twin = world.next()
    play(twin.first, failing(500))
    const routing = await routingOf(await world.chat(twin, { stream, provider: { only: ['simulator'] } }), stream)
    expect(routing).toMatchObject({
      fallback_used: false,
      attempts: [{ outcome: 'unavailable' }, { outcome: 'answered' }],
    })
    expect(routing.reason).not.toContain(';')
  })

  test.each<[string, Step, string]>([
    ['fails', failing(500), 'failed'],
    ['limits us', failing(429), 'was over its rate limit'],
    ['resets the connection', { type: 'connection-reset' }, 'could not be reached'],
    ['stays silent', { type: 'silence' }, 'did not answer in time'],
    ['does not know the model', failing(404), 'was not found at its provider'],
  ])(
    'when a provider %s, the headers name the other that answered, and the reason says why',
    async (_what, step, why) => {
      const twin = world.next()
      play(twin.first, step)
      const response = await world.chat(twin, { stream })
      expect(response.headers.get('x-nr-model')).toBe(twin.id)
      expect(response.headers.get('x-nr-gateway')).toBe('openai')
      const routing = await routingOf(response, stream)
      expect(routing).toMatchObject({ selected: twin.id, fallback_used: true })
      expect(routing.reason.endsWith(`; Simulator ${why}, so OpenAI answered`)).toBe(true)
    },
  )

  test('when another model answers it is the one selected, and the reason tells of both', async () => {
    const [twin, other] = [world.next(), world.next()]
    failEverywhere(twin)
    const response = await world.chat(twin, { stream, route: { fallbacks: [other.id] } })
    expect(response.headers.get('x-nr-model')).toBe(other.id)
    const routing = await routingOf(response, stream)
    expect(routing).toMatchObject({ selected: other.id, fallback_used: true })
    expect(routing.reason.endsWith(`; ${twin.id} failed, so ${other.id} answered`)).toBe(true)
    expect(routing.attempts.at(-1)).toMatchObject({ model: other.first, outcome: 'answered' })
  })
})

test('nor when another provider answers: attempts tell outcomes, and neither words nor credentials', async () => {
  const twin = world.next()
  play(twin.first, { type: 'status', status: 500, body: { error: { message: 'SECRET-WORDS' } } })
  play(twin.first, { type: 'status', status: 500, body: { error: { message: 'SECRET-WORDS' } } })
  const text = await (await world.chat(twin)).text()
  world.plane.simulator.script.clear()
  expect(text).toContain('"outcome":"unavailable"')
  expect(text).not.toMatch(/SECRET|platform-/)
})

test('a stream tells of its routing in the first chunk, and in the one with the usage for those who asked for it', async () => {
  const twin = world.next()
  const read = async (fields: object): Promise<Record<string, unknown>[]> =>
    chunksOf(await (await world.chat(twin, { stream: true, ...fields })).text())
  const told = (chunks: readonly object[]): number[] =>
    chunks.flatMap((chunk, index) => ('routing' in chunk ? [index] : []))
  expect(told(await read({}))).toEqual([0])
  const chunks = await read({ stream_options: { include_usage: true } })
  expect(told(chunks)).toEqual([0, chunks.length - 1])
  expect(chunks.at(-1)).toMatchObject({ usage: { total_tokens: expect.any(Number) }, routing: { selected: twin.id } })
})

test('embeddings tell of their routing too', async () => {
  const response = await world.plane.post('/v1/embeddings', { model: 'auto', input: 'The quick brown fox.' })
  const { routing } = (await response.json()) as { routing: Routing }
  expect(routing).toMatchObject({
    selected: 'sim-embedding',
    fallback_used: false,
    attempts: [{ outcome: 'answered' }],
  })
  expect(routing).not.toHaveProperty('schema_valid')
})

// Last, and each by a provider of its own: whoever refuses a credential is left alone for a while.
test.each([
  [500, false, 'simulator'],
  [500, true, 'openai'],
  [429, false, 'simulator'],
  [429, true, 'openai'],
  [404, false, 'simulator'],
  [404, true, 'openai'],
  [401, false, 'simulator'],
  [401, true, 'openai'],
])('nothing that upstreams wrote with a %i reaches the caller (streamed: %s)', async (status, stream, gateway) => {
  const twin = world.next()
  const words = { error: { message: 'SECRET-WORDS of account-77 at 10.1.2.3', code: 'SECRET-CODE' } }
  const step: Step = { type: 'status', status, body: words, headers: { 'x-vendor': 'SECRET-HEADER' }, times: 2 }
  play(gateway === 'openai' ? twin.second : twin.first, step)
  const response = await world.chat(twin, { stream, provider: { only: [gateway] } })
  const said = JSON.stringify([await response.text(), ...response.headers])
  world.plane.simulator.script.clear()
  expect(response.status).toBe(503)
  expect(said).toContain('no_provider_available')
  expect(said).not.toMatch(/SECRET|account-77|10\.1\.2\.3|platform-/)
  expect((await world.recordOf(response)).attempts[0]?.detail).toContain('SECRET-WORDS')
})

function failEverywhere(twin: TwinModel): void {
  for (const name of [twin.first, twin.second]) play(name, { ...failing(500), times: 4 })
}
