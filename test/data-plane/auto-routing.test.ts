import { afterAll, beforeAll, expect, test } from 'vitest'
import { plainRates } from '../../shared/money/price.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { catalog, key, model, workspace } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let plane: DataPlaneHarness

const AUTO = { ...CHAT, model: 'auto' }

interface Routed {
  readonly model: string
  readonly routing: { selected: string; objective: string; candidates_considered: number; reason: string }
}

function priced(upstreamModel: string, input: number, output: number) {
  const rates = plainRates(fromDollars(input), fromDollars(output))
  const price = { version: 'test-1', rates, tiers: [], perRequestNanodollars: 0 }
  return { gateway: 'simulator' as const, upstreamModel, price, credentialId: null }
}

beforeAll(async () => {
  plane = await startDataPlane()
  await plane.publishCatalog(
    catalog({
      simulatorUrl: plane.simulator.url(),
      models: [
        model({ id: 'sim-fast', capabilities: ['tools'], endpoints: [priced('sim-fast', 0.1, 0.4)] }),
        model({ id: 'sim-smart', capabilities: ['tools', 'json-schema'], endpoints: [priced('sim-smart', 1, 4)] }),
        model({
          id: 'sim-embedding',
          kind: 'embedding',
          capabilities: [],
          endpoints: [priced('sim-embedding', 0.02, 0)],
        }),
      ],
    }),
  )
  const best = { ...AUTO, route: { objective: 'highest-quality' } }
  await waitUntil(async () => (await ask(best)).model === 'sim-smart')
})
afterAll(() => plane.stop())

const ask = async (body: object): Promise<Routed> =>
  (await (await plane.post('/v1/chat/completions', { ...AUTO, ...body })).json()) as Routed

test('auto answers with the model it chose, in the body, in the headers and with its reason', async () => {
  const response = await plane.post('/v1/chat/completions', AUTO)
  const body = (await response.json()) as Routed
  expect(response.headers.get('x-nr-model')).toBe(body.model)
  expect(response.headers.get('x-nr-gateway')).toBe('simulator')
  expect(body.routing).toMatchObject({
    selected: body.model,
    objective: 'quality-per-dollar',
    candidates_considered: 2,
    reason: expect.stringContaining(body.model),
  })
})

test('each objective and each service is answered by the model it is for', async () => {
  const chosen = async (body: object): Promise<string> => (await ask(body)).routing.selected
  expect(await chosen({ route: { objective: 'highest-quality' } })).toBe('sim-smart')
  expect(await chosen({ route: { objective: 'lowest-cost' } })).toBe('sim-fast')
  expect(await chosen({ service: 'precision' })).toBe('sim-smart')
  expect(await chosen({ service: 'saver' })).toBe('sim-fast')
  expect(await chosen({ service: 'saver', route: { objective: 'highest-quality' } })).toBe('sim-smart')
  expect(await chosen({ service: 'agent' })).toBe('sim-smart')
  expect(await chosen({ service: 'custom', routing: { objective: 'quality', allow_models: ['sim-fast'] } })).toBe(
    'sim-fast',
  )
})

test('a stream carries the decision on its first chunk', async () => {
  const response = await plane.post('/v1/chat/completions', {
    ...AUTO,
    stream: true,
    route: { objective: 'lowest-cost' },
  })
  const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('data: {'))
  const [first] = events.map((event) => JSON.parse(event.slice('data: '.length)) as Partial<Routed>)
  expect(first?.routing).toMatchObject({ selected: 'sim-fast', objective: 'lowest-cost', candidates_considered: 2 })
  expect(events.slice(1, -1).filter((event) => event.includes('"routing"'))).toEqual([])
})

test('a schema goes only to a model that is known to hold to it, and a named one that cannot is refused', async () => {
  const response_format = {
    type: 'json_schema',
    json_schema: { name: 'city', strict: true, schema: { type: 'object' } },
  }
  expect((await ask({ response_format, route: { objective: 'lowest-cost' } })).routing.selected).toBe('sim-smart')
  const refused = await plane.post('/v1/chat/completions', { ...CHAT, response_format })
  expect(refused.status).toBe(400)
  expect(await errorOf(refused)).toMatchObject({
    type: 'invalid_request',
    param: 'response_format',
    message: 'The request cannot be served: `sim-fast` at Simulator cannot be held to a JSON schema.',
  })
})

test('what no candidate can do is 400 with the reasons, and nobody is asked', async () => {
  plane.simulator.forgetRequests()
  const picture = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }]
  const response = await plane.post('/v1/chat/completions', { ...AUTO, messages: picture })
  expect(response.status).toBe(400)
  expect((await errorOf(response)).message).toBe(
    'The request cannot be served: each of 2 candidates cannot see images.',
  )
  expect(plane.simulator.requests()).toHaveLength(0)
})

test('a key is held to its models where the router chooses', async () => {
  const limited = key({ allowedModels: ['sim-fast'] })
  await plane.publish(workspace({ workspaceId: 'held', keys: [limited.key] }))
  await plane.credits.seed('held', fromDollars(5))
  const post = (body: object): Promise<Response> => plane.post('/v1/chat/completions', body, { apiKey: limited.secret })
  const served = await post({ ...AUTO, route: { objective: 'highest-quality' } })
  expect(served.headers.get('x-nr-model')).toBe('sim-fast')
  const refused = await post({ ...CHAT, route: { fallbacks: ['sim-smart'] } })
  expect(refused.status).toBe(403)
  expect(await errorOf(refused)).toMatchObject({ type: 'forbidden', param: 'route.fallbacks[0]' })
})

test('a key sees the models that its list means, in whatever words the list names them', async () => {
  const limited = key({ allowedModels: ['signalbox/sim-fast', 'simulator:sim-smart'] })
  await plane.publish(workspace({ workspaceId: 'seeing', keys: [limited.key] }))
  const get = (path: string) => fetch(plane.url + path, { headers: { authorization: `Bearer ${limited.secret}` } })
  const { data } = (await (await get('/v1/models')).json()) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).toEqual(['sim-fast', 'sim-smart'])
  expect((await get('/v1/models/sim-smart')).status).toBe(200)
  expect((await get('/v1/models/sim-embedding')).status).toBe(404)
})

test('embeddings of auto: one or many, shortened, as numbers or as base64', async () => {
  interface Embeddings extends Routed {
    readonly data: { embedding: number[] | string; index: number }[]
  }
  const embed = async (body: object): Promise<Embeddings> =>
    (await (await plane.post('/v1/embeddings', { model: 'auto', ...body })).json()) as Embeddings
  const one = await embed({ input: 'The quick brown fox.' })
  expect(one).toMatchObject({
    model: 'sim-embedding',
    routing: { selected: 'sim-embedding', candidates_considered: 1 },
  })
  expect(one.data).toHaveLength(1)
  const many = await embed({ input: ['one', 'two', 'three'], dimensions: 8 })
  expect(many.data.map(({ embedding }) => embedding.length)).toEqual([8, 8, 8])
  const [encoded] = (await embed({ input: 'one', dimensions: 8, encoding_format: 'base64' })).data
  const bytes = Buffer.from(String(encoded?.embedding), 'base64')
  const decoded = Array.from({ length: 8 }, (_, index) => bytes.readFloatLE(4 * index))
  const [plain] = many.data.map(({ embedding }) => embedding as number[])
  expect(decoded).toEqual(plain?.map(Math.fround))
})

test('models are listed with the contract’s fields and OpenAI’s', async () => {
  const headers = { authorization: `Bearer ${plane.apiKey}` }
  const one = (await (await fetch(`${plane.url}/v1/models/sim-smart`, { headers })).json()) as object
  expect(one).toEqual({
    id: 'sim-smart',
    object: 'model',
    created: 0,
    owned_by: 'signalbox',
    name: 'sim-smart',
    provider: 'Simulator',
    providers: ['simulator'],
    kind: 'chat',
    context_window: 128_000,
    max_output_tokens: 4_096,
    capabilities: ['tools', 'json-schema'],
    input_per_m: 1,
    output_per_m: 4,
    health: 'healthy',
  })
  const list = (await (await fetch(`${plane.url}/v1/models`, { headers })).json()) as { data: object[] }
  expect(list).toMatchObject({ object: 'list' })
  expect(list.data).toContainEqual(one)
})

test('of two models that cost the same the one that your own scores say is better is chosen, and the reason says so', async () => {
  const owned = (id: string) => model({ id, capabilities: [], endpoints: [priced(plane.spareModel(), 1, 4)] })
  const models = [owned('own-a'), owned('own-b')]
  const limited = key({ allowedModels: ['own-a', 'own-b'] })
  const unmeasured = workspace({ workspaceId: 'measured', keys: [limited.key], models })
  await plane.publish(unmeasured)
  await plane.credits.seed('measured', fromDollars(5))
  const best = { ...AUTO, route: { objective: 'highest-quality', task_class: 'general' } }
  const routed = async (): Promise<Routed['routing']> => {
    const response = await plane.post('/v1/chat/completions', best, { apiKey: limited.secret })
    return ((await response.json()) as Routed).routing
  }
  expect((await routed()).selected).toBe('own-a')

  const scores = [
    { modelId: 'own-a', taskClass: 'general' as const, mean: 0.4, count: 60 },
    { modelId: 'own-b', taskClass: 'general' as const, mean: 0.9, count: 60 },
  ]
  await plane.publish({ ...unmeasured, quality: { scores, promptModel: null } })
  await waitUntil(async () => (await routed()).selected === 'own-b')
  expect(await routed()).toMatchObject({
    candidates_considered: 2,
    // (15 × 0.5 + 60 × 0.9) ÷ 75: nobody has rated these families.
    reason: 'own-b has the highest expected quality of 2 models for general, 0.82 by 60 of your own scores',
  })
})
