import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyVariant } from '../../../shared/ab-tests/apply-variant.ts'
import { fingerprintVariant, readVariantRequest } from '../../../shared/ab-tests/variant-fingerprint.ts'
import { variantSchema, type ModelVariant } from '../../../shared/ab-tests/variant-settings.ts'
import type { ChatRequest } from '../../../shared/llm/chat-request.ts'

const VARIANT: ModelVariant = {
  type: 'model',
  id: 'variant-1',
  name: 'Careful',
  gateway: 'openai',
  model: 'gpt-4',
  systemPrompt: 'You are careful.',
  parameters: { temperature: 0.2, max_tokens: 100 },
}
const QUESTION = { role: 'user', content: 'Why?' }
const REQUEST: ChatRequest = {
  model: 'anthropic:claude',
  messages: [{ role: 'system', content: 'You joke.' }, { role: 'developer', content: 'A lot.' }, QUESTION],
  temperature: 1,
  top_p: 0.5,
  max_completion_tokens: 9,
  response_format: { type: 'json_object' },
  of_tomorrow: 1,
  tools: [{ type: 'function' }],
  stream: true,
  metadata: { tier: 'gold' },
  user: 'ann',
  provider: { sort: 'price' },
}

test('behind a router the variant alone says how to generate', () => {
  expect(applyVariant(REQUEST, VARIANT, { lock: true })).toEqual({
    model: 'openai:gpt-4',
    messages: [{ role: 'system', content: 'You are careful.' }, QUESTION],
    temperature: 0.2,
    max_tokens: 100,
    tools: [{ type: 'function' }],
    stream: true,
    metadata: { tier: 'gold' },
    user: 'ann',
  })
})

test("elsewhere the variant's parameters come before the request's, which stay where it says nothing", () => {
  expect(applyVariant(REQUEST, VARIANT, { lock: false })).toEqual({
    model: 'openai:gpt-4',
    messages: [{ role: 'system', content: 'You are careful.' }, QUESTION],
    temperature: 0.2,
    max_tokens: 100,
    top_p: 0.5,
    response_format: { type: 'json_object' },
    of_tomorrow: 1,
    tools: [{ type: 'function' }],
    stream: true,
    metadata: { tier: 'gold' },
    user: 'ann',
  })
})

test('a choice among tools does not outlive the tools that the variant replaces', () => {
  const request = { ...REQUEST, tool_choice: { type: 'function', function: { name: 'old' } } }
  const variant = { ...VARIANT, parameters: { tools: [{ type: 'function', function: { name: 'new' } }] } }
  for (const lock of [true, false]) {
    const applied = applyVariant(request, variant, { lock })
    expect(applied['tools']).toEqual(variant.parameters.tools)
    expect(applied).not.toHaveProperty('tool_choice')
  }
})

test('a variant without a system prompt leaves the instructions of the request', () => {
  for (const systemPrompt of [null, '']) {
    expect(applyVariant(REQUEST, { ...VARIANT, systemPrompt }, { lock: true }).messages).toEqual(REQUEST.messages)
  }
})

test('instructions in the middle of a conversation stay where they are', () => {
  const messages = [QUESTION, { role: 'system', content: 'Now in French.' }]
  const applied = applyVariant({ model: 'm', messages }, VARIANT, { lock: false })
  expect(applied.messages).toEqual([{ role: 'system', content: 'You are careful.' }, ...messages])
})

test('a parameter of null is one that the variant does not set', () => {
  const applied = applyVariant(REQUEST, { ...VARIANT, parameters: { temperature: null } }, { lock: false })
  expect(applied['temperature']).toBe(1)
})

test('a request is never changed, and behind a router every answer comes from the variant that was chosen', () => {
  const fields = fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fc.jsonValue())
  fc.assert(
    fc.property(fields, fc.boolean(), (given, lock) => {
      const request = deepFreeze({ ...given, model: 'm', messages: structuredClone(REQUEST.messages) } as ChatRequest)
      const applied = applyVariant(request, deepFreeze(structuredClone(VARIANT)), { lock })
      if (!lock) return
      const read = readVariantRequest(applied)
      if (read.type === 'refused') throw new Error(JSON.stringify(read.faults))
      const { gateway, model } = VARIANT
      expect(fingerprintVariant({ gateway, model, ...read })).toBe(fingerprintVariant(VARIANT))
    }),
  )
})

test('a request cannot reach the prototype of what goes upstream', () => {
  const request = JSON.parse('{"model": "m", "messages": [], "__proto__": {"polluted": true}}')
  const applied = applyVariant(request, VARIANT, { lock: false })
  expect(Object.getPrototypeOf(applied)).toBe(Object.prototype)
  expect(applied['polluted']).toBeUndefined()
})

test('a variant in a snapshot is a model with what it is called with, or a router', () => {
  expect(variantSchema.parse(VARIANT)).toEqual(VARIANT)
  const router = { type: 'router', id: 'variant-2', name: 'Ours', routerId: 'router-1' }
  expect(variantSchema.parse(router)).toEqual(router)
})

test.each([
  ['an unknown gateway', { gateway: 'telex' }, ['gateway']],
  ['no model', { model: '' }, ['model']],
  ['a parameter out of range', { parameters: { temperature: 5 } }, ['parameters', 'temperature']],
  ['a parameter that is none', { parameters: { messages: [] } }, ['parameters', 'messages']],
  ['another type', { type: 'oracle' }, ['type']],
])('a variant with %s is refused, and the place named', (_name, changes, path) => {
  const parsed = variantSchema.safeParse({ ...VARIANT, ...changes })
  expect(parsed.error?.issues.map((issue) => issue.path)).toEqual([path])
})

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const held of Object.values(value)) deepFreeze(held)
  return Object.freeze(value)
}
