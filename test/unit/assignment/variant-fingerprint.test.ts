import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkParameters } from '../../../shared/ab-tests/generation-parameters.ts'
import {
  fingerprintVariant,
  readVariantRequest,
  type VariantIdentity,
} from '../../../shared/ab-tests/variant-fingerprint.ts'
import type { ChatRequest } from '../../../shared/llm/chat-request.ts'
import fixture from '../../fixtures/assignment/variant-fingerprints.json' with { type: 'json' }

const IDENTITY: VariantIdentity = { gateway: 'openai', model: 'gpt-4', systemPrompt: null, parameters: {} }
const QUESTION = { role: 'user', content: 'What is the capital of France?' }
const requestOf = (fields: object): ChatRequest => ({ model: 'openai:gpt-4', messages: [QUESTION], ...fields })
const fingerprintOf = (parameters: object) => fingerprintVariant({ ...IDENTITY, parameters: { ...parameters } })

function fingerprintOfRequest(fields: object): string {
  const read = readVariantRequest(requestOf(fields))
  if (read.type === 'refused') throw new Error(JSON.stringify(read.faults))
  return fingerprintVariant({ ...IDENTITY, systemPrompt: read.systemPrompt, parameters: read.parameters })
}

test.each(fixture.fingerprints)(
  'a fingerprint is the one that was computed elsewhere: $gateway $systemPrompt',
  (known) => {
    expect(fingerprintVariant(known as unknown as VariantIdentity)).toBe(known.fingerprint)
  },
)

describe('one variant is', () => {
  test.each([
    ['parameters in another order', { temperature: 1, top_p: 0.5 }, { top_p: 0.5, temperature: 1 }],
    ['a number written another way', JSON.parse('{"temperature": 1.0}'), JSON.parse('{"temperature": 1e0}')],
    ['0 below and above', { seed: -0 }, { seed: 0 }],
    ['a parameter that is null and one left out', { temperature: null, top_k: undefined }, {}],
    ['one stop sequence as a text and in a list', { stop: 'END' }, { stop: ['END'] }],
    [
      'an object with its properties in another order',
      { a: { b: 1, c: [{ d: 2, e: 3 }] } },
      { a: { c: [{ e: 3, d: 2 }], b: 1 } },
    ],
  ])('%s', (_name, left, right) => {
    expect(fingerprintOf(left)).toBe(fingerprintOf(right))
  })

  test.each([
    ['another question', { messages: [{ role: 'user', content: 'Why?' }] }],
    ['a longer conversation', { messages: [QUESTION, { role: 'assistant', content: 'Paris' }, QUESTION] }],
    ['a stream', { stream: true, stream_options: { include_usage: true } }],
    ['another caller', { user: 'ann', metadata: { expected_output: 'Paris' }, safety_identifier: 'x' }],
    ['another name for the cache', { prompt_cache_key: 'ann', store: true }],
    [
      'other wishes for routing',
      { provider: { sort: 'price' }, models: ['a'], route: {}, service: 'saver', routing: {}, cache: {} },
    ],
    ['empty instructions', { messages: [{ role: 'system', content: '' }, QUESTION] }],
  ])('a request with %s', (_name, fields) => {
    expect(fingerprintOfRequest(fields)).toBe(fingerprintOfRequest({}))
  })

  test('the same instructions in one message, in two, in parts, or by the developer', () => {
    const system = (content: unknown) => ({ role: 'system', content })
    const forms = [
      [system('a\n\nb'), QUESTION],
      [system('a'), system('b'), QUESTION],
      [system('a'), { role: 'developer', content: [{ type: 'text', text: 'b' }] }, QUESTION],
    ]
    expect(new Set(forms.map((messages) => fingerprintOfRequest({ messages }))).size).toBe(1)
  })
})

describe('another variant is', () => {
  const plain = fingerprintVariant(IDENTITY)

  test.each<[string, Partial<VariantIdentity>]>([
    ['another gateway', { gateway: 'openrouter' }],
    ['another model', { model: 'gpt-4o' }],
    ['another system prompt', { systemPrompt: 'You help.' }],
    ['another parameter', { parameters: { temperature: 0 } }],
  ])('%s', (_name, changes) => {
    expect(fingerprintVariant({ ...IDENTITY, ...changes })).not.toBe(plain)
  })

  test.each([
    'temperature',
    'top_p',
    'top_k',
    'max_tokens',
    'frequency_penalty',
    'presence_penalty',
    'repetition_penalty',
    'min_p',
    'top_a',
    'seed',
    'logprobs',
    'top_logprobs',
    'response_format',
    'stop',
    'n',
    'tools',
    'tool_choice',
    'reasoning_effort',
    'max_completion_tokens',
    'parallel_tool_calls',
    'logit_bias',
    'verbosity',
    'of_tomorrow',
  ])('a request with %s', (parameter) => {
    const values: Record<string, unknown> = {
      logprobs: true,
      response_format: { type: 'json_object' },
      stop: ['END'],
      tools: [],
    }
    expect(fingerprintOfRequest({ [parameter]: values[parameter] ?? 1 })).not.toBe(fingerprintOfRequest({}))
  })

  test('instructions after the first question, which belong to the conversation, do not count', () => {
    const messages = [QUESTION, { role: 'system', content: 'You help.' }]
    expect(fingerprintOfRequest({ messages })).toBe(fingerprintOfRequest({}))
  })

  test('a number and the text that reads like it', () => {
    expect(fingerprintOf({ a: 1 })).not.toBe(fingerprintOf({ a: '1' }))
    expect(fingerprintOf({ a: [null] })).not.toBe(fingerprintOf({ a: [] }))
  })
})

test('JSON values have one fingerprint exactly when they are equal, whatever the order of their properties', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (left, right) => {
      expect(fingerprintOf({ a: left })).toBe(fingerprintOf({ a: reorder(left) }))
      const areEqual = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right))
      expect(fingerprintOf({ a: [left] }) === fingerprintOf({ a: [right] })).toBe(areEqual)
    }),
  )
})

function reorder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reorder)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, held]) => [name, reorder(held)]),
  )
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return { entries: entries.map(([name, held]) => [name, sorted(held)]) }
}

describe('parameters are refused', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])

  test.each([
    ['that are no object', [], ''],
    ['that are too many', Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`p${index}`, 1])), ''],
    ['that nest too deep', { tools: deep(40) }, 'tools'],
    ['that hold too many values', { tools: Array.from({ length: 20_001 }, () => 1) }, 'tools'],
    ['that hold too much text', { stop: ['x'.repeat(1_000_001)] }, 'stop'],
    ['that hold a number which JSON cannot write', JSON.parse('{"of_tomorrow": {"a": 1e400}}'), 'of_tomorrow'],
    ['that are called __proto__', JSON.parse('{"__proto__": {"temperature": 1}}'), '__proto__'],
    ['that MongoDB could not keep', { $where: 1 }, '$where'],
    ['that are the conversation', { messages: [] }, 'messages'],
    ['that say whether to stream', { stream: true }, 'stream'],
    ['that choose another model', { model: 'gpt-4' }, 'model'],
    ['with a temperature above 2', { temperature: 2.1 }, 'temperature'],
    ['with a temperature in words', { temperature: 'hot' }, 'temperature'],
    ['with a top_p above 1', { top_p: 1.1 }, 'top_p'],
    ['with half a token', { max_tokens: 0.5 }, 'max_tokens'],
    ['with a penalty below -2', { presence_penalty: -3 }, 'presence_penalty'],
    ['with more logprobs than 20', { top_logprobs: 21 }, 'top_logprobs'],
    ['with logprobs as a number', { logprobs: 1 }, 'logprobs'],
    ['with five stop sequences', { stop: ['1', '2', '3', '4', '5'] }, 'stop'],
    ['with a format in words', { response_format: 'json' }, 'response_format'],
    ['with half a seed', { seed: 0.5 }, 'seed'],
  ])('%s', (_name, parameters, path) => {
    expect(checkParameters(parameters, '').map((fault) => fault.path)).toEqual([path])
  })

  test('with the place where they stand', () => {
    expect(checkParameters({ temperature: 3 }, 'parameters')).toEqual([
      { path: 'parameters.temperature', message: 'must be a number from 0 to 2' },
    ])
  })

  test('in a request too, before anything is made of them', () => {
    expect(readVariantRequest(requestOf({ temperature: 3, top_p: 2 }))).toMatchObject({
      type: 'refused',
      faults: [{ path: 'temperature' }, { path: 'top_p' }],
    })
    const messages = [{ role: 'system', content: 'x'.repeat(1_000_001) }]
    expect(readVariantRequest(requestOf({ messages }))).toMatchObject({
      type: 'refused',
      faults: [{ path: 'messages' }],
    })
  })
})

test("the contract's example with advanced parameters is taken as it stands", () => {
  const parameters = {
    temperature: 0.7,
    max_tokens: 200,
    frequency_penalty: 0.5,
    presence_penalty: 0.3,
    stop: ['\n\n', 'END'],
    seed: 42,
  }
  const messages = [{ role: 'system', content: 'You are a helpful geography expert.' }, QUESTION]
  expect(readVariantRequest(requestOf({ ...parameters, messages, stream: true }))).toEqual({
    type: 'read',
    systemPrompt: 'You are a helpful geography expert.',
    parameters,
  })
})
