import { describe, expect, test } from 'vitest'
import { parseRouting } from '../../data-plane/accept/parse-routing.ts'
import { inheritRouting, WORKSPACE_FALLBACKS, type Routing } from '../../data-plane/decide/inherit-routing.ts'
import { resolvePolicy } from '../../data-plane/decide/routing-policy.ts'
import { routingDefaultsSchema, type RoutingDefaults } from '../../shared/llm/routing-defaults.ts'
import { servicePresets } from '../../shared/llm/routing-services.ts'
import { ASK, createWorld } from '../helpers/routing-world.ts'

const defaultsOf = (said: object): RoutingDefaults => routingDefaultsSchema.parse(said)

function inherit(fields: object, said: object, isCallable = (_name: string): boolean => true): Routing {
  return inheritRouting(parseRouting({ model: 'auto', ...fields }), defaultsOf(said), isCallable)
}

const policyOf = (fields: object, said: object) =>
  resolvePolicy(parseRouting({ model: 'auto', ...fields }), defaultsOf(said))

describe('the data policy', () => {
  const strict = { provider: { denyDataCollection: true, zeroRetention: true } }

  test.each([
    ['says nothing', {}],
    ['allows collection', { provider: { data_collection: 'allow' } }],
    ['wants no zero retention', { provider: { zero_retention: false } }],
    ['asks for both to be loosened', { provider: { data_collection: 'allow', zero_retention: false } }],
    ['speaks of something else', { provider: { sort: 'price', only: [], ignore: [] } }],
  ])('of a workspace holds for a request that %s', (_name, fields) => {
    expect(inherit(fields, strict).provider).toMatchObject({ denyDataCollection: true, zeroRetention: true })
  })

  test('is tightened by a request that asks for more than its workspace', () => {
    const asked = { provider: { data_collection: 'deny', zero_retention: true } }
    expect(inherit(asked, {}).provider).toMatchObject({ denyDataCollection: true, zeroRetention: true })
  })

  test('is tightened in one part without the other', () => {
    const asked = { provider: { zero_retention: true } }
    expect(inherit(asked, {}).provider).toMatchObject({ denyDataCollection: false, zeroRetention: true })
  })
})

describe('preferences of providers', () => {
  const said = {
    provider: { only: ['openai', 'bedrock'], ignore: ['openrouter'], maxInputRate: 5, maxOutputRate: 9 },
  }

  test('of the workspace hold where the request has none', () => {
    expect(inherit({}, said).provider).toMatchObject(said.provider)
    expect(inherit({ provider: { order: ['bedrock'] } }, said).provider).toMatchObject(said.provider)
  })

  test('of the request hold field by field', () => {
    const asked = { provider: { only: ['vertex'], max_price: { input_per_m: 1 } } }
    expect(inherit(asked, said).provider).toMatchObject({
      only: ['vertex'],
      ignore: ['openrouter'],
      maxInputRate: 1_000_000_000,
      maxOutputRate: 9,
    })
  })

  test('of the workspace are undone by empty lists', () => {
    expect(inherit({ provider: { only: [], ignore: [] } }, said).provider).toMatchObject({ only: null, ignore: [] })
  })
})

describe('fallbacks', () => {
  const said = { fallbacks: ['gpt-4o', 'gone', 'auto'] }

  test('of the workspace follow where the request names none, without those it cannot use', () => {
    expect(inherit({}, said, (name) => name !== 'gone').fallbacks).toEqual([
      { name: 'gpt-4o', field: WORKSPACE_FALLBACKS },
      { name: 'auto', field: WORKSPACE_FALLBACKS },
    ])
  })

  test('of the request take their place, by whichever field names them', () => {
    const own = (field: string) => [{ name: 'x', field }]
    expect(inherit({ route: { fallbacks: ['x'] } }, said).fallbacks).toEqual(own('route.fallbacks[0]'))
    expect(inherit({ models: ['x'] }, said).fallbacks).toEqual(own('models[0]'))
  })

  test('are none for a request with an empty list', () => {
    expect(inherit({ route: { fallbacks: [] } }, said).fallbacks).toEqual([])
  })
})

describe('what is best', () => {
  test.each([
    ['quality per dollar where nobody says it', {}, {}, 'quality-per-dollar'],
    ["the workspace's service", {}, { service: 'saver' }, 'lowest-cost'],
    [
      "the workspace's objective over its service",
      {},
      { service: 'saver', objective: 'highest-quality' },
      'highest-quality',
    ],
    [
      "the request's service over both",
      { service: 'turbo' },
      { service: 'saver', objective: 'highest-quality' },
      'lowest-latency',
    ],
    [
      "the request's objective over all",
      { service: 'turbo', route: { objective: 'lowest-cost' } },
      { objective: 'highest-quality' },
      'lowest-cost',
    ],
  ])('is %s', (_name, fields, said, objective) => {
    expect(policyOf(fields, said).objective).toBe(objective)
  })

  test("keeps what the workspace's service asks of models where the request changes its objective alone", () => {
    const policy = policyOf({ route: { objective: 'lowest-cost' } }, { service: 'agent' })
    expect(policy).toMatchObject({ objective: 'lowest-cost', requires: servicePresets.agent.requires })
  })

  test("sorts providers by the request's word, then by its objective, then by the workspace's word", () => {
    const said = { provider: { sort: 'throughput' } }
    expect(policyOf({}, said).sort).toBe('throughput')
    expect(policyOf({ route: { objective: 'lowest-latency' } }, said).sort).toBe('latency')
    expect(policyOf({ route: { objective: 'lowest-latency' }, provider: { sort: 'price' } }, said).sort).toBe('price')
    expect(policyOf({ route: { objective: 'highest-quality' } }, said).sort).toBe('throughput')
  })
})

describe('a call', () => {
  const models = [{ id: 'asked' }, { id: 'allowed' }, { id: 'other' }]
  const routing = { fallbacks: ['gone', 'other', 'allowed'] }
  const asked = { ...ASK, model: 'asked' }

  test("goes on with its workspace's fallbacks, without those that are gone, and says whose they are", () => {
    const world = createWorld({ models: [{ id: 'asked', capabilities: [] }, ...models.slice(1)], routing })
    const tools = [{ type: 'function', function: { name: 'f' } }]
    const { tried, reason } = world.ask({ ...asked, tools })
    expect(tried).toEqual(['simulator:other', 'simulator:allowed'])
    expect(reason).toContain('the workspace names other as a fallback')
  })

  test('is not refused for a fallback of its workspace that its key may not use', () => {
    const world = createWorld({ models, routing, allowedModels: ['asked', 'allowed'] })
    expect(world.ask(asked).tried).toEqual(['simulator:asked', 'simulator:allowed'])
  })

  test('for embeddings is not refused for a fallback of its workspace that chats', () => {
    const world = createWorld({ models: [...models, { id: 'embeds', kind: 'embedding' }], routing })
    expect(world.embed({ model: 'embeds', input: 'text' }).tried).toEqual(['simulator:embeds'])
  })

  test('whose workspace asks for zero retention goes to no provider that may keep it, whatever the call says', () => {
    const at = ['openai', 'simulator'] as const
    const world = createWorld({
      models: [{ id: 'asked', at }],
      routing: defaultsOf({ provider: { zeroRetention: true } }),
    })
    const loosened = { ...asked, provider: { zero_retention: false, order: ['openai'] } }
    expect(world.ask(loosened).tried).toEqual(['simulator:asked'])
  })
})
