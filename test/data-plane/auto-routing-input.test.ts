import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'

let plane: DataPlaneHarness
beforeAll(async () => {
  plane = await startDataPlane()
})
afterAll(() => plane.stop())

const AUTO = { ...CHAT, model: 'auto' }
const OBJECTIVES = '`quality-per-dollar`, `lowest-cost`, `lowest-latency`, `highest-quality`'
const SERVICES = '`standard`, `saver`, `turbo`, `precision`, `scale`, `agent`, `custom`'

test.each([
  ['route as text', { route: 'fast' }, 'route', 'must be a JSON object'],
  ['an objective unheard of', { route: { objective: 'fun' } }, 'route.objective', `must be one of ${OBJECTIVES}`],
  ['an objective that is no text', { route: { objective: 1 } }, 'route.objective', `must be one of ${OBJECTIVES}`],
  [
    'a class unheard of',
    { route: { task_class: 'cooking' } },
    'route.task_class',
    'must be one of `coding`, `vision`, `long-context`, `cheap-bulk`, `general`',
  ],
  [
    'a latency of nothing',
    { route: { max_latency_ms: 0 } },
    'route.max_latency_ms',
    'must be a whole number of at least 1',
  ],
  [
    'a latency as text',
    { route: { max_latency_ms: '4s' } },
    'route.max_latency_ms',
    'must be a whole number of at least 1',
  ],
  [
    'fallbacks as text',
    { route: { fallbacks: 'sim-smart' } },
    'route.fallbacks',
    'must be an array of at most 32 strings',
  ],
  [
    'a fallback that is no text',
    { route: { fallbacks: ['sim-smart', 7] } },
    'route.fallbacks[1]',
    'must be a non-empty string',
  ],
  ['models as an object', { models: {} }, 'models', 'must be an array of at most 32 strings'],
  [
    'a field of route that is misspelt',
    { route: { max_latancy_ms: 10 } },
    'route.max_latancy_ms',
    'is not a field of `route`, which has `objective`, `fallbacks`, `max_latency_ms`, `task_class`',
  ],
  ['a service unheard of', { service: 'deluxe' }, 'service', `must be one of ${SERVICES}`],
  ['routing for another service', { service: 'saver', routing: {} }, 'routing', 'is for the service `custom` alone'],
  [
    'an objective unheard of in routing',
    { routing: { objective: 'best' } },
    'routing.objective',
    `must be one of ${OBJECTIVES}, \`quality\``,
  ],
  [
    'a ceiling below nothing',
    { routing: { max_cost_usd: -1 } },
    'routing.max_cost_usd',
    'must be a number from 0 to 1000000',
  ],
  [
    'a region, which is not offered',
    { routing: { regions: ['EU'] } },
    'routing.regions',
    'is not a field of `routing`, which has `objective`, `max_cost_usd`, `allow_models`',
  ],
  [
    'a provider unheard of',
    { provider: { only: ['simulator', 'acme'] } },
    'provider.only[1]',
    'must be one of `openai`, `anthropic`, `openrouter`, `vertex`, `bedrock`, `portkey`, `helicone`, `simulator`, `custom`',
  ],
  [
    'a sort unheard of',
    { provider: { sort: 'colour' } },
    'provider.sort',
    'must be one of `price`, `latency`, `throughput`',
  ],
  [
    'a data policy unheard of',
    { provider: { data_collection: 'maybe' } },
    'provider.data_collection',
    'must be one of `allow`, `deny`',
  ],
  [
    'zero retention as text',
    { provider: { zero_retention: 'yes' } },
    'provider.zero_retention',
    'must be true or false',
  ],
  [
    'a price as text',
    { provider: { max_price: { input_per_m: '1' } } },
    'provider.max_price.input_per_m',
    'must be a number from 0 to 1000000',
  ],
  [
    'a price of something else',
    { provider: { max_price: { prompt: 1 } } },
    'provider.max_price.prompt',
    'is not a field of `provider.max_price`, which has `input_per_m`, `output_per_m`',
  ],
  [
    'a schema without a name',
    { response_format: { type: 'json_schema', json_schema: { schema: {} } } },
    'response_format.json_schema.name',
    'must be a non-empty string',
  ],
  [
    'a schema that is none',
    { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: 1 } } },
    'response_format.json_schema.schema',
    'must be a JSON object',
  ],
  [
    'a format without a type',
    { response_format: {} },
    'response_format.type',
    'must be a string, for example `json_schema`',
  ],
])('%s is refused with 400 invalid_request, the field and what it may be', async (_name, more, param, rule) => {
  const response = await plane.post('/v1/chat/completions', { ...AUTO, ...more })
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({
    error: { type: 'invalid_request', code: 'invalid_request', param, message: `\`${param}\` ${rule}.` },
  })
})

test.each([
  ['input as a number', { input: 7 }, 'input'],
  ['an empty list', { input: [] }, 'input'],
  ['an empty text in a list', { input: ['a', ''] }, 'input[1]'],
  ['texts and tokens together', { input: ['a', [1]] }, 'input'],
  ['tokens that are none', { input: [[1, -1]] }, 'input[0]'],
  ['too many texts', { input: Array.from({ length: 2_049 }, () => 'a') }, 'input'],
  ['half a dimension', { input: 'a', dimensions: 0.5 }, 'dimensions'],
  ['an encoding unheard of', { input: 'a', encoding_format: 'int8' }, 'encoding_format'],
  ['an objective unheard of', { input: 'a', route: { objective: 'fun' } }, 'route.objective'],
])('embeddings of %s are refused with 400 and the field', async (_name, body, param) => {
  const response = await plane.post('/v1/embeddings', { model: 'auto', ...body })
  expect(response.status).toBe(400)
  expect(await errorOf(response)).toMatchObject({ type: 'invalid_request', param })
})

test('fields that are null are as good as not there', async () => {
  const nothing = { route: null, provider: null, service: null, routing: null, models: null, response_format: null }
  const empty = {
    route: { objective: null, fallbacks: null, task_class: null },
    provider: { order: null, max_price: null },
  }
  for (const more of [nothing, empty]) {
    expect((await plane.post('/v1/chat/completions', { ...AUTO, ...more })).status).toBe(200)
  }
})

test('none of these fields reaches a provider', async () => {
  plane.simulator.forgetRequests()
  const routed = {
    ...AUTO,
    route: { objective: 'lowest-cost', fallbacks: ['sim-smart'] },
    provider: { ignore: ['openai'] },
    service: 'saver',
    models: ['auto', 'sim-fast'],
  }
  const response = await plane.post('/v1/chat/completions', routed)
  expect(response.status).toBe(200)
  const [request] = plane.simulator.requests()
  expect(Object.keys(request?.body as object).sort()).toEqual(['messages', 'model'])
})
