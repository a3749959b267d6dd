import { expect, test } from 'vitest'
import { anthropic } from '../../data-plane/providers/anthropic.ts'
import { UntranslatableRequest } from '../../data-plane/providers/provider.ts'
import { chatCall, refusal } from './provider-calls.ts'

/** What each model is asked for, by the vendor's tables, and what its refusals mean beyond the contract's. */

const TOOLS = [{ type: 'function', function: { name: 'f' } }]

function build(upstreamModel: string, fields: Record<string, unknown>): Record<string, unknown> {
  const { body } = anthropic.buildRequest(chatCall({ upstreamModel, fields }))
  return JSON.parse(String(body)) as Record<string, unknown>
}

const ADAPTIVE = { type: 'adaptive', display: 'summarized' }

test.each<[string, string, object]>([
  ['claude-opus-5-5', 'high', { thinking: ADAPTIVE, output_config: { effort: 'high' } }],
  ['claude-opus-5-5', 'minimal', { thinking: ADAPTIVE, output_config: { effort: 'low' } }],
  ['claude-opus-5-5', 'none', { output_config: { effort: 'low' } }],
  ['claude-fable-5', 'none', { output_config: { effort: 'low' } }],
  ['claude-sonnet-5-5', 'none', { thinking: { type: 'between_tools' } }],
  ['claude-opus-5', 'none', { thinking: { type: 'disabled' } }],
  ['claude-haiku-5-5', 'none', { thinking: { type: 'disabled' } }],
  ['claude-opus-4-8', 'none', {}],
  ['claude-opus-4-7', 'xhigh', { thinking: ADAPTIVE, output_config: { effort: 'xhigh' } }],
  ['claude-opus-4-6@20260205', 'xhigh', { thinking: ADAPTIVE, output_config: { effort: 'high' } }],
  ['us.anthropic.claude-sonnet-4-6-v1:0', 'max', { thinking: ADAPTIVE, output_config: { effort: 'max' } }],
  ['claude-of-tomorrow-9', 'medium', { thinking: ADAPTIVE, output_config: { effort: 'medium' } }],
  ['claude-haiku-4-5-20251001', 'high', { thinking: { type: 'enabled', budget_tokens: 9_830 } }],
  ['claude-sonnet-4-20250514', 'minimal', { thinking: { type: 'enabled', budget_tokens: 1_638 } }],
  ['claude-3-7-sonnet-latest', 'medium', { thinking: { type: 'enabled', budget_tokens: 6_553 } }],
  ['claude-3-5-haiku-20241022', 'low', {}],
  ['claude-sonnet-4-5', 'none', {}],
])('%s thinks with the effort %s as its table has it', (model, effort, expected) => {
  const { thinking, output_config } = build(model, { reasoning_effort: effort })
  expect({ thinking, output_config }).toEqual({ thinking: undefined, output_config: undefined, ...expected })
})

test.each<[string, object, object]>([
  ['claude-sonnet-4-5', { temperature: 0.5, top_k: 4, top_p: 0.9 }, { temperature: 0.5, top_k: 4 }],
  ['claude-sonnet-4-5', { temperature: 0.5, top_p: 0.97, reasoning_effort: 'low' }, { top_p: 0.97 }],
  ['claude-sonnet-4-5', { top_p: 0.9, reasoning_effort: 'low' }, {}],
  ['claude-3-7-sonnet-latest', { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, top_p: 0.9 }],
  ['claude-opus-4-7', { temperature: 0.5, top_k: 4, top_p: 0.9 }, {}],
  ['someone-elses-model', { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, top_p: 0.9 }],
])('%s is sent the sampling it takes, of %o', (model, fields, expected) => {
  const { temperature, top_k, top_p } = build(model, { ...fields })
  expect(JSON.parse(JSON.stringify({ temperature, top_k, top_p }))).toEqual(expected)
})

test('a budget leaves room for the answer, and where none is left there is no thinking', () => {
  const fields = { reasoning_effort: 'high', max_tokens: 1_024 }
  expect(build('claude-haiku-4-5', fields)['thinking']).toBeUndefined()
  expect(build('claude-haiku-4-5', { ...fields, max_tokens: 1_025 })['thinking']).toMatchObject({
    budget_tokens: 1_024,
  })
})

test('an old model has a limit that it can give', () => {
  expect(build('claude-3-haiku-20240307', {})['max_tokens']).toBe(4_096)
})

test('thinking is not asked for where the vendor refuses it: with a forced tool, in calls begun without', () => {
  const forced = { reasoning_effort: 'low', tools: TOOLS, tool_choice: 'required' }
  expect(build('claude-haiku-4-5', forced)['thinking']).toBeUndefined()
  expect(build('claude-opus-4-8', forced)).toMatchObject({ output_config: { effort: 'low' } })
  expect(build('claude-opus-4-8', forced)['thinking']).toBeUndefined()

  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
  const details = [{ type: 'thinking', thinking: 't', signature: 's', index: 0 }]
  const inCalls = (assistant: object) => ({
    reasoning_effort: 'low',
    tools: TOOLS,
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', tool_calls: [call], ...assistant },
      { role: 'tool', tool_call_id: 'c', content: '1' },
    ],
  })
  expect(build('claude-haiku-4-5', inCalls({}))['thinking']).toBeUndefined()
  expect(build('claude-haiku-4-5', inCalls({ reasoning_details: details }))['thinking']).toBeDefined()
  expect(build('claude-opus-4-8', inCalls({}))['thinking']).toEqual(ADAPTIVE)
})

test('the caller’s own thinking and output configuration go through', () => {
  const thinking = { type: 'enabled', budget_tokens: 2_000 }
  const sent = build('claude-haiku-4-5', { thinking, output_config: { task_budget: { total: 1 } }, temperature: 0.3 })
  expect(sent).toMatchObject({ thinking, output_config: { task_budget: { total: 1 } } })
  expect(sent['temperature']).toBeUndefined()
})

test('another vendor’s reasoning, and thinking without a signature, is not sent', () => {
  const details = [
    { type: 'reasoning.text', text: 'x' },
    { type: 'thinking', thinking: 'x', signature: '' },
    { type: 'redacted_thinking', data: 'd', index: 4 },
  ]
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'ok', reasoning_details: details },
    { role: 'user', content: 'go on' },
  ]
  expect(build('claude-opus-5-5', { messages })['messages']).toMatchObject([
    {},
    {
      content: [
        { type: 'text', text: 'ok' },
        { type: 'redacted_thinking', data: 'd' },
      ],
    },
    {},
  ])
})

test('text that the caller has changed is one block, whatever pieces it came in', () => {
  const blocks = [
    { type: 'text', index: 0, length: 2 },
    { type: 'text', index: 2, length: 5 },
  ]
  const messages = [{ role: 'assistant', content: 'changed since', provider_blocks: blocks }]
  expect(build('claude-opus-5-5', { messages })['messages']).toEqual([
    { role: 'assistant', content: [{ type: 'text', text: 'changed since' }] },
  ])
})

test.each(['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-fable-5-1'])(
  '%s is never asked to force a tool',
  (model) => {
    expect(() => build(model, { tools: TOOLS, tool_choice: 'required' })).toThrow(UntranslatableRequest)
    expect(build(model, { tools: TOOLS, tool_choice: 'auto' })['tool_choice']).toEqual({ type: 'auto' })
    expect(build('claude-opus-5', { tools: TOOLS, tool_choice: 'required' })['tool_choice']).toEqual({ type: 'any' })
  },
)

test('a model that cannot hold to a schema is not asked to', () => {
  const format = { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object', properties: {} } } }
  expect(() => build('claude-opus-4-1', { response_format: format })).toThrow(UntranslatableRequest)
  const strict = [{ type: 'function', function: { name: 'f', strict: true } }]
  expect(build('claude-opus-4-1', { tools: strict })['tools']).toEqual([
    { name: 'f', input_schema: { type: 'object', properties: {} } },
  ])
})

const RESETS = {
  'anthropic-ratelimit-requests-remaining': '3',
  'anthropic-ratelimit-requests-reset': '2026-01-01T00:09:00Z',
  'anthropic-ratelimit-input-tokens-remaining': '0',
  'anthropic-ratelimit-input-tokens-reset': '2026-01-01T00:00:12Z',
  'anthropic-ratelimit-tokens-remaining': '0',
  'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:20Z',
}

test('without Retry-After a limit lasts until the last of those used up is there again', () => {
  const waitOf = (headers: Record<string, string>, status = 429) =>
    anthropic.classifyFailure(refusal(status, '', headers)).retryAfterMs
  expect(waitOf(RESETS)).toBe(20_000)
  expect(waitOf({ ...RESETS, 'retry-after': '2' })).toBe(2_000)
  expect(waitOf({ 'anthropic-ratelimit-requests-reset': 'soon' })).toBeNull()
  expect(waitOf(RESETS, 529)).toBeNull()
})

test.each<[number, object, string, string]>([
  [
    400,
    { message: 'Your credit balance is too low to access the Anthropic API.' },
    'credential',
    'invalid_request_error',
  ],
  [400, { message: 'You have reached your specified API usage limits.' }, 'credential', 'invalid_request_error'],
  [
    429,
    { message: 'x', details: { error_code: 'enforced_spend_limit_reached' } },
    'credential',
    'enforced_spend_limit_reached',
  ],
  [
    400,
    { message: 'input length and `max_tokens` exceed context limit: 1 + 2 > 2' },
    'context-length',
    'invalid_request_error',
  ],
  [402, { message: 'x' }, 'credential', 'invalid_request_error'],
  [413, { message: 'Request exceeds the maximum size' }, 'request', 'invalid_request_error'],
])('a refusal tells its cause: %i %o', (status, error, type, code) => {
  const body = JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', ...error } })
  expect(anthropic.classifyFailure(refusal(status, body))).toMatchObject({ type, code })
})
