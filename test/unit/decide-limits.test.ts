import { describe, expect, test } from 'vitest'
import { ASK, createWorld, refusal, type ModelSketch } from '../helpers/routing-world.ts'

/** What the request, and what is measured at the moment, rule out. */

const SCHEMA = { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { type: 'object' } } }
const blind: ModelSketch = { id: 'blind', at: ['openai'], capabilities: ['tools'], price: [0.1, 0.1] }

describe('limits of the request', () => {
  const models: ModelSketch[] = [
    { id: 'cheap', quality: 0.8, price: [1, 2], at: ['openai'] },
    { id: 'dear', quality: 0.9, price: [10, 30], at: ['anthropic'] },
    { id: 'unpriced', quality: 0.85, price: null, at: ['bedrock'] },
  ]
  const world = createWorld({ models, own: ['bedrock'] })
  const best = { route: { objective: 'highest-quality' } }

  test('a price above its ceiling, or not known, is left out', () => {
    expect(world.ask({ ...ASK, ...best }).selected).toBe('dear')
    const inputs = { provider: { max_price: { input_per_m: 5 } } }
    expect(world.ask({ ...ASK, ...best, ...inputs }).tried).toEqual(['openai:cheap'])
    expect(refusal(world, { provider: { max_price: { output_per_m: 1 } } })).toMatchObject({
      status: 400,
      param: 'provider.max_price',
    })
  })

  test('a ceiling for the call holds for its worst case where the answer is bounded, else for what is likely', () => {
    const custom = (maxCostUsd: number) => ({
      service: 'custom',
      routing: { objective: 'quality', max_cost_usd: maxCostUsd },
    })
    // 400 tokens at $30 a million and a markup of a quarter are $0.015.
    expect(world.ask({ ...ASK, ...custom(0.02) }).selected).toBe('dear')
    expect(world.ask({ ...ASK, ...custom(0.02), max_tokens: 2_000 }).selected).toBe('cheap')
    expect(world.ask({ ...ASK, ...custom(0.1), max_tokens: 2_000 }).selected).toBe('dear')
  })

  test('only the models allowed are considered', () => {
    const routing = { allow_models: ['openai/cheap', 'cheap'] }
    expect(world.ask({ ...ASK, ...best, service: 'custom', routing }).tried).toEqual(['openai:cheap'])
    expect(refusal(world, { model: 'dear', routing })).toMatchObject({ status: 400, param: 'routing.allow_models' })
  })

  test('who must not collect or retain data is left out, and so is who is not known not to', () => {
    const places = createWorld({
      models: [
        {
          id: 'anthropic.claude-haiku-4-5',
          at: ['openai', 'anthropic', 'vertex', 'bedrock', 'openrouter', 'simulator'],
        },
      ],
    })
    const named = { ...ASK, model: 'anthropic.claude-haiku-4-5' }
    const gateways = (body: object): string[] =>
      places
        .ask({ ...named, ...body })
        .tried.map((each) => each.split(':')[0] ?? '')
        .sort()
    expect(gateways({ provider: { data_collection: 'deny' } })).toEqual([
      'anthropic',
      'bedrock',
      'openai',
      'simulator',
      'vertex',
    ])
    expect(gateways({ provider: { zero_retention: true } })).toEqual(['bedrock', 'simulator'])
    expect(gateways({ provider: { data_collection: 'allow', zero_retention: false } })).toHaveLength(5)
  })

  test('variants with limits of their own are for those who name them', () => {
    const variants = createWorld({
      models: [
        { id: 'z-ai/glm', quality: 0.8, at: ['openrouter'], price: [1, 2] },
        { id: 'z-ai/glm:free', quality: 0.8, at: ['openrouter'], price: [0, 0] },
      ],
    })
    expect(variants.ask(ASK).tried).toEqual(['openrouter:z-ai/glm'])
    expect(variants.ask({ ...ASK, model: 'z-ai/glm:free' }).tried).toEqual(['openrouter:z-ai/glm:free'])
    expect(variants.ask({ ...ASK, routing: { allow_models: ['z-ai/glm:free'] } }).tried).toHaveLength(1)
  })
})

describe('what is measured at the moment', () => {
  const open = { isOpen: true }

  test('what is failing is passed over while another is well', () => {
    const world = createWorld({
      models: [
        { id: 'down', quality: 0.9, health: open },
        { id: 'well', quality: 0.6, price: [9, 9] },
      ],
    })
    expect(world.ask(ASK).tried).toEqual(['simulator:well'])
  })

  test('where everything is failing it is tried all the same', () => {
    const world = createWorld({
      models: [
        { id: 'down', quality: 0.9, health: open },
        { id: 'down-too', quality: 0.6, health: open },
      ],
    })
    expect(world.ask(ASK).tried).toEqual(['simulator:down', 'simulator:down-too'])
    expect(world.ask({ ...ASK, model: 'down' }).tried).toEqual(['simulator:down'])
  })

  test('of a model that was named, providers that are failing come last', () => {
    const world = createWorld({
      models: [{ id: 'two', at: [{ gateway: 'openai', health: open }, 'openrouter'] }],
    })
    const decided = world.ask({ ...ASK, model: 'two' })
    expect(decided.tried).toEqual(['openrouter:two', 'openai:two'])
    expect(decided.reason).toBe('The request names two; of its 2 providers only OpenRouter is not failing')
  })

  test('who is too slow for the budget is left out, who is not measured stays', () => {
    const world = createWorld({
      models: [
        { id: 'slow', quality: 0.9, health: { firstTokenP95Ms: 5_000 } },
        { id: 'new', quality: 0.85, price: [9, 9] },
      ],
    })
    const within = (ms: number) => world.ask({ ...ASK, route: { max_latency_ms: ms } })
    expect(within(6_000).selected).toBe('slow')
    expect(within(4_000).tried).toEqual(['simulator:new'])
  })

  test('where only time is in the way it is 503, for the next request may be served', () => {
    const world = createWorld({ models: [{ id: 'slow', health: { firstTokenP95Ms: 5_000 } }, blind] })
    const error = refusal(world, { route: { max_latency_ms: 100 }, response_format: SCHEMA })
    expect(error).toMatchObject({
      status: 503,
      code: 'no_provider_available',
      message: 'No provider is available at the moment: `slow` at Simulator is too slow at the moment.',
    })
  })

  test('a workspace with nothing to call is told so with 503', () => {
    expect(refusal(createWorld({ models: [] }), {})).toMatchObject({ status: 503, code: 'no_provider_available' })
  })
})

describe('embeddings', () => {
  const models: ModelSketch[] = [
    {
      id: 'text-embedding-3-small',
      kind: 'embedding',
      price: [0.02, 0],
      at: ['openai', 'openrouter'],
      capabilities: [],
    },
    { id: 'text-embedding-3-large', kind: 'embedding', price: [0.13, 0], at: ['openai'], capabilities: [] },
    { id: 'text-embedding-ada-002', kind: 'embedding', price: [0.01, 0], at: ['openai'], capabilities: [] },
    { id: 'amazon.titan-embed-text-v2', kind: 'embedding', price: [0.005, 0], at: ['bedrock'], capabilities: [] },
  ]
  const world = createWorld({ models })

  test('auto takes one model and only its providers, for vectors of two models cannot be compared', () => {
    expect(world.embed({ model: 'auto', input: 'x' }).tried).toEqual(['bedrock:amazon.titan-embed-text-v2'])
    const decided = world.embed({ model: 'auto', input: ['x', 'y'], dimensions: 256 })
    expect(decided.tried).toEqual(['openai:text-embedding-3-small', 'openrouter:text-embedding-3-small'])
    expect(decided.reason).toContain('text-embedding-3-small costs least of the 2 models within 10%')
    expect(decided.taskClass).toBeNull()
  })

  test('several inputs, tokens and dimensions go only to who takes them', () => {
    expect(world.embed({ model: 'auto', input: ['x', 'y'] }).selected).toBe('text-embedding-ada-002')
    expect(world.embed({ model: 'auto', input: [1, 2, 3] }).selected).toBe('text-embedding-ada-002')
    expect(() => world.embed({ model: 'text-embedding-ada-002', input: 'x', dimensions: 8 })).toThrow(
      'cannot shorten its vectors',
    )
  })

  test('the same question gets the same model whatever is measured, and no other when it fails', () => {
    const chosen = (health: object) =>
      createWorld({
        models: models.slice(0, 2).map((each, index) => (index === 0 ? { ...each, at: ['openai'], health } : each)),
      })
    const well = chosen({}).embed({ model: 'auto', input: 'x' })
    for (const health of [{ isOpen: true }, { uptime: 0.1 }, { firstTokenP50Ms: 9_000 }]) {
      expect(chosen(health).embed({ model: 'auto', input: 'x' }).tried).toEqual(well.tried)
    }
    const fastest = { model: 'auto', input: 'x', route: { objective: 'lowest-latency' } }
    expect(chosen({ firstTokenP50Ms: 9_000 }).embed(fastest).tried).toEqual(well.tried)
    expect(() => chosen({ firstTokenP95Ms: 9_000 }).embed({ ...fastest, route: { max_latency_ms: 100 } })).toThrow(
      'too slow at the moment',
    )
  })
})
