import { describe, expect, test } from 'vitest'
import { ASK, createWorld, refusal, type ModelSketch } from '../helpers/routing-world.ts'

/** Which candidates may serve a request, and what the caller is told where none may. */

const SCHEMA = { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { type: 'object' } } }
const PICTURE = (url: string): object => ({
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
})
const TOOLS = { tools: [{ type: 'function', function: { name: 'look_up' } }] }

const able: ModelSketch = { id: 'able', at: ['openai'] }
const blind: ModelSketch = { id: 'blind', at: ['openai'], capabilities: ['tools'], price: [0.1, 0.1] }
const unknown: ModelSketch = { id: 'unknown', at: ['openai'], capabilities: null, price: [0.1, 0.1] }
const at = (gateway: 'anthropic' | 'bedrock' | 'vertex'): ModelSketch => ({
  id: `at-${gateway}`,
  at: [gateway],
  price: [0.1, 0.1],
})

describe('auto considers only what is known to be able', () => {
  const world = createWorld({
    models: [able, blind, unknown, at('anthropic'), at('bedrock'), at('vertex')].map((each) => ({
      ...each,
      quality: 0.8,
    })),
  })
  const rejectedFor = (body: object): string[] => Object.keys(world.preview({ ...ASK, ...body }).rejected).sort()

  test.each([
    ['nothing', {}, []],
    ['tools', TOOLS, ['openai:unknown']],
    ['a picture in the request', PICTURE('data:image/png;base64,AAAA'), ['openai:blind', 'openai:unknown']],
    [
      'a picture at an address',
      PICTURE('https://example.com/x.png'),
      ['bedrock:at-bedrock', 'openai:blind', 'openai:unknown'],
    ],
    ['a schema', { response_format: SCHEMA }, ['openai:blind', 'openai:unknown']],
    ['two choices', { n: 2 }, ['anthropic:at-anthropic', 'bedrock:at-bedrock']],
    ['one tool at a time', { ...TOOLS, parallel_tool_calls: false }, ['openai:unknown', 'vertex:at-vertex']],
    ['logprobs', { logprobs: true }, ['anthropic:at-anthropic', 'bedrock:at-bedrock']],
  ])('%s', (_name, body, rejected) => {
    expect(rejectedFor(body)).toEqual(rejected)
  })

  test('every rejected candidate keeps its reason', () => {
    const { rejected } = world.preview({ ...ASK, ...TOOLS, ...PICTURE('https://example.com/x.png'), n: 2 })
    expect(rejected).toEqual({
      'anthropic:at-anthropic': 'cannot give several choices',
      'bedrock:at-bedrock': 'cannot fetch images: send them as data: URLs or give several choices',
      'openai:blind': 'cannot see images',
      'openai:unknown': 'is not known to call tools or see images',
    })
  })
})

describe('room', () => {
  const world = createWorld({
    models: [
      { id: 'roomy', contextWindow: 200_000, maxOutputTokens: 32_000, quality: 0.8, price: [5, 5] },
      { id: 'tight', contextWindow: 8_000, maxOutputTokens: 1_000, quality: 0.8 },
    ],
  })

  test('a prompt goes to a model that holds it, and to the cheaper one where both do', () => {
    const long = { messages: [{ role: 'user', content: 'word '.repeat(9_000) }] }
    expect(world.ask({ ...ASK, ...long }).selected).toBe('roomy')
    expect(world.ask(ASK).selected).toBe('tight')
  })

  test('an answer longer than a model gives is asked of one that gives it', () => {
    expect(world.ask({ ...ASK, max_tokens: 4_000 }).selected).toBe('roomy')
    expect(world.ask({ ...ASK, max_completion_tokens: 900 }).selected).toBe('tight')
  })

  test('a prompt and its answer have to fit together', () => {
    const half = { messages: [{ role: 'user', content: 'word '.repeat(4_000) }] }
    expect(world.ask({ ...ASK, ...half, max_tokens: 100 }).selected).toBe('tight')
    expect(world.ask({ ...ASK, ...half, max_tokens: 1_000 }).selected).toBe('tight')
    const more = { messages: [{ role: 'user', content: 'word '.repeat(5_000) }] }
    expect(world.ask({ ...ASK, ...more, max_tokens: 1_000 }).selected).toBe('roomy')
  })

  test('whether a prompt fits a model that the caller named is the provider’s to say', () => {
    const long = { messages: [{ role: 'user', content: 'word '.repeat(9_000) }] }
    expect(world.ask({ ...ASK, ...long, model: 'tight', max_tokens: 9_000 }).selected).toBe('tight')
  })

  test('what no model holds is refused with 400 and the field', () => {
    const error = refusal(world, { messages: [{ role: 'user', content: 'word '.repeat(200_000) }] })
    expect(error).toMatchObject({ status: 400, code: 'invalid_request', param: 'messages' })
  })
})

describe('a model that the caller named', () => {
  test('is refused with what it is known not to be able to do, before any provider is asked', () => {
    const world = createWorld({ models: [able, blind, at('anthropic')] })
    expect(refusal(world, { model: 'blind', response_format: SCHEMA })).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: 'response_format',
      message: 'The request cannot be served: `blind` at OpenAI cannot be held to a JSON schema.',
    })
    expect(refusal(world, { model: 'at-anthropic', n: 2 })).toMatchObject({ param: 'n' })
    expect(refusal(world, { model: 'blind', ...PICTURE('data:image/png;base64,AAAA') })).toMatchObject({
      param: 'messages',
      message: 'The request cannot be served: `blind` at OpenAI cannot see images.',
    })
  })

  test('is tried where nothing is known against it', () => {
    const world = createWorld({ models: [unknown] })
    const decided = world.ask({ ...ASK, model: 'unknown', ...TOOLS, response_format: SCHEMA })
    expect(decided).toMatchObject({ tried: ['openai:unknown'], objective: 'pinned', considered: 1 })
    expect(decided.reason).toBe('The request names unknown')
  })

  test('leaves out those of its providers that cannot express the request', () => {
    const world = createWorld({ models: [{ id: 'claude', at: ['bedrock', 'anthropic'] }] })
    const decided = world.ask({ ...ASK, model: 'claude', ...PICTURE('https://example.com/x.png') })
    expect(decided.tried).toEqual(['anthropic:claude'])
  })

  test('goes on to its fallbacks, in their order and each once', () => {
    const world = createWorld({ models: [able, blind, unknown] })
    const body = {
      ...ASK,
      model: 'able',
      models: ['able', 'unknown', 'blind'],
      route: { fallbacks: ['blind', 'able'] },
    }
    expect(world.ask(body).tried).toEqual(['openai:able', 'openai:blind', 'openai:unknown'])
  })

  test('that cannot serve makes way for a fallback that can, and the reason says why', () => {
    const world = createWorld({ models: [able, blind] })
    const decided = world.ask({ ...ASK, model: 'blind', response_format: SCHEMA, route: { fallbacks: ['able'] } })
    expect(decided.tried).toEqual(['openai:able'])
    expect(decided.reason).toBe(
      '`blind` at OpenAI cannot be held to a JSON schema, and the request names able as a fallback',
    )
  })

  test('may be followed by the router’s own choice', () => {
    const world = createWorld({
      models: [
        { ...able, quality: 0.8 },
        { ...blind, quality: 0.78 },
      ],
    })
    const decided = world.ask({ ...ASK, model: 'able', route: { fallbacks: ['auto'] } })
    expect(decided.tried).toEqual(['openai:able', 'openai:blind'])
    expect(decided.objective).toBe('pinned')
  })
})

test('the router’s choices do not all fail together with one gateway where another can serve', () => {
  const world = createWorld({
    models: [
      ...['a', 'b', 'c', 'd'].map((id): ModelSketch => ({ id, quality: 0.8, at: ['openrouter'], price: [1, 1] })),
      { id: 'worse', quality: 0.5, at: ['anthropic'], price: [9, 9] },
      { id: 'elsewhere', quality: 0.6, at: ['anthropic', 'openrouter'], price: [9, 9] },
    ],
  })
  expect(world.ask(ASK).tried).toEqual(['openrouter:a', 'openrouter:b', 'openrouter:c', 'anthropic:elsewhere'])
})

describe('names', () => {
  const world = createWorld({ models: [able, { id: 'vectors', kind: 'embedding', at: ['openai'] }] })

  test('a name that means nothing is 404 model_not_found, in a fallback too', () => {
    expect(refusal(world, { model: 'nonsense' })).toMatchObject({ status: 404, param: 'model' })
    const second = refusal(world, { model: 'able', route: { fallbacks: ['auto', 'nonsense'] } })
    expect(second).toMatchObject({ status: 404, code: 'model_not_found', param: 'route.fallbacks[1]' })
    expect(refusal(world, { model: 'able', models: ['able', 'nonsense'] })).toMatchObject({ param: 'models[1]' })
  })

  test('a model of another kind is refused where it is named', () => {
    expect(refusal(world, { model: 'able', route: { fallbacks: ['vectors'] } })).toMatchObject({
      status: 400,
      param: 'route.fallbacks[0]',
    })
  })

  test('auto never chooses a model of another kind', () => {
    expect(world.ask(ASK).tried).toEqual(['openai:able'])
    expect(world.embed({ model: 'auto', input: 'x' }).tried).toEqual(['openai:vectors'])
  })
})

describe('a key', () => {
  const models = [able, { ...blind, id: 'other' }]

  test('is held to its models where the router chooses, whatever names its list holds', () => {
    expect(createWorld({ models, allowedModels: ['other'] }).ask(ASK).tried).toEqual(['openai:other'])
    expect(createWorld({ models, allowedModels: ['openai:able'] }).ask(ASK).tried).toEqual(['openai:able'])
  })

  test('that names a gateway is held to it', () => {
    const world = createWorld({
      models: [{ ...able, at: ['openai', 'openrouter'] }],
      allowedModels: ['openrouter:able'],
    })
    expect(world.ask(ASK).tried).toEqual(['openrouter:able'])
    expect(world.ask({ ...ASK, model: 'able' }).tried).toEqual(['openrouter:able'])
  })

  test('is refused with 403 where it allows none of what could serve', () => {
    const world = createWorld({ models, allowedModels: ['nothing'] })
    expect(refusal(world, {})).toMatchObject({ status: 403, code: 'forbidden' })
    expect(refusal(world, { model: 'able' })).toMatchObject({ status: 403, code: 'forbidden' })
    const first = createWorld({ models, allowedModels: ['able'] })
    expect(refusal(first, { model: 'able', route: { fallbacks: ['other'] } })).toMatchObject({
      status: 403,
      param: 'route.fallbacks[0]',
    })
  })
})
