import { expect, test } from 'vitest'
import { anthropic } from '../../data-plane/providers/anthropic.ts'
import { UntranslatableRequest, type ChatCall } from '../../data-plane/providers/provider.ts'
import { chatCall } from './provider-calls.ts'

/** What becomes of each of OpenAI's parameters; the table in `anthropic-messages/request.ts` says the same in words. */

const HI = { role: 'user', content: 'hi' }
const TOOLS = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }]
const TOOL = { name: 'f', input_schema: { type: 'object', properties: {} } }
const EPHEMERAL = { type: 'ephemeral', ttl: '1h' }

interface Body {
  readonly messages: { role: string; content: unknown[] }[]
  readonly [field: string]: unknown
}

function build(
  fields: Record<string, unknown>,
  upstreamModel = 'claude-sonnet-4-6',
  rest: Partial<ChatCall> = {},
): Body {
  const { body } = anthropic.buildRequest(chatCall({ upstreamModel, fields, ...rest }))
  return JSON.parse(String(body)) as Body
}

function contentOf(...messages: readonly object[]): unknown[][] {
  return build({ messages }).messages.map(({ content }) => content)
}

test('a call goes to the Messages API under its version, with the key, the betas and the stream it was asked for', () => {
  const { url, headers, body } = anthropic.buildRequest(
    chatCall({ baseUrl: 'https://api.anthropic.com', settings: { beta: 'a-1,b-2' }, stream: true }),
  )
  expect(url).toBe('https://api.anthropic.com/v1/messages')
  expect(headers).toEqual({
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a-1,b-2',
    'x-api-key': 'sk-1',
  })
  expect(JSON.parse(String(body))).toMatchObject({ model: 'm', stream: true })
  const bearer = anthropic.buildRequest(chatCall({ secrets: { apiKey: 'sk-1', authToken: 'token' } })).headers
  expect(bearer).toMatchObject({ authorization: 'Bearer token' })
  expect(bearer).not.toHaveProperty('x-api-key')
})

test.each<[string, object, object]>([
  ['the newer limit before the older', { max_completion_tokens: 7, max_tokens: 9 }, { max_tokens: 7 }],
  ['a limit where there is none', {}, { max_tokens: 16_384 }],
  ['temperature up to the vendor’s most', { temperature: 1.7 }, { temperature: 1 }],
  ['temperature before top_p', { temperature: 0.2, top_p: 0.9 }, { temperature: 0.2 }],
  ['top_p and top_k', { top_p: 0.9, top_k: 5 }, { top_p: 0.9, top_k: 5 }],
  ['one stop', { stop: 'END' }, { stop_sequences: ['END'] }],
  ['several stops', { stop: ['a', 'b'] }, { stop_sequences: ['a', 'b'] }],
  ['the user', { user: 'u-1' }, { metadata: { user_id: 'u-1' } }],
  ['the user of the metadata', { user: 'u-1', metadata: { user_id: 'u-2', x: 'y' } }, { metadata: { user_id: 'u-2' } }],
  ['the tier', { service_tier: 'default' }, { service_tier: 'standard_only' }],
  [
    'the vendor’s own fields',
    { cache_control: EPHEMERAL, container: 'c' },
    { cache_control: EPHEMERAL, container: 'c' },
  ],
  ['no null', { stop: null, container: null, temperature: null, tools: null }, {}],
  ['no field of Signalbox’s', { route: {}, routing: {}, models: [], provider: {}, cache: {}, service: 'x' }, {}],
  [
    'nothing that the vendor has not',
    { seed: 1, logprobs: true, logit_bias: {}, presence_penalty: 1, store: true, verbosity: 'low', n: 1 },
    {},
  ],
  ['no choice where there is nothing to choose', { tool_choice: 'auto', parallel_tool_calls: false }, {}],
])('a request is made of %s', (_name, fields, expected) => {
  const { model: _model, messages: _messages, ...sent } = build({ ...fields })
  expect(sent).toEqual({ max_tokens: 16_384, ...expected })
})

test.each<[string, object]>([
  ['several choices', { n: 2 }],
  ['spoken answers', { modalities: ['text', 'audio'], audio: { voice: 'ash' } }],
  ['a stop at white space', { stop: ['\n'] }],
  ['functions of old', { functions: [{ name: 'f' }] }],
  ['tools of free text', { tools: [{ type: 'custom', custom: { name: 'f' } }] }],
  ['a choice of a tool of free text', { tools: TOOLS, tool_choice: { type: 'custom', custom: { name: 'f' } } }],
  ['sound', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }],
  ['a role it does not know', { messages: [{ role: 'function', name: 'f', content: '1' }] }],
  ['a data URL that is not in base64', { messages: [image('data:image/svg+xml,<svg/>')] }],
  ['a file of a type it does not read', { messages: [image('data:application/zip;base64,AAAA')] }],
  ['an open schema', { response_format: schema({ type: 'object', additionalProperties: { type: 'string' } }) }],
  ['no schema', { response_format: schema(null) }],
])('what would mean something else without is refused: %s', (_name, fields) => {
  expect(() => build({ ...fields })).toThrow(UntranslatableRequest)
})

function image(url: string): object {
  return { role: 'user', content: [{ type: 'image_url', image_url: { url } }] }
}

function schema(schema: unknown): object {
  return { type: 'json_schema', json_schema: { name: 'n', schema } }
}

test.each<[string, unknown, object]>([
  ['none', 'none', { type: 'none' }],
  ['auto', 'auto', { type: 'auto' }],
  ['required', 'required', { type: 'any' }],
  ['named', { type: 'function', function: { name: 'f' } }, { type: 'tool', name: 'f' }],
  ['the vendor’s own', { type: 'any' }, { type: 'any' }],
])('a tool choice is made in the vendor’s words: %s', (_name, choice, expected) => {
  const parallel = build({ tools: TOOLS, tool_choice: choice })
  expect(parallel).toMatchObject({ tools: [TOOL], tool_choice: expected })
  const single = build({ tools: TOOLS, tool_choice: choice, parallel_tool_calls: false })
  const isNone = choice === 'none'
  expect(single['tool_choice']).toEqual({ ...expected, ...(isNone ? {} : { disable_parallel_tool_use: true }) })
})

test('one call at a time without a choice is a choice of the model’s own', () => {
  const sent = build({ tools: TOOLS, parallel_tool_calls: false })
  expect(sent['tool_choice']).toEqual({ type: 'auto', disable_parallel_tool_use: true })
})

test('of allowed tools only those are sent', () => {
  const other = { type: 'function', function: { name: 'g' } }
  const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] }
  const choice = { type: 'allowed_tools', allowed_tools: allowed }
  expect(build({ tools: [...TOOLS, other], tool_choice: choice })).toMatchObject({
    tools: [TOOL],
    tool_choice: { type: 'any' },
  })
})

test('strict tools, the vendor’s own tools, its search and marks for the cache are kept', () => {
  const parameters = { type: 'object', properties: { n: { type: 'integer', minimum: 1, description: 'How many' } } }
  const strict = { type: 'function', function: { name: 's', parameters, strict: true }, cache_control: EPHEMERAL }
  const bash = { type: 'bash_20250124', name: 'bash' }
  const place = { type: 'approximate', approximate: { city: 'Paris', region: null } }
  const { tools } = build({ tools: [strict, bash], web_search_options: { user_location: place } })
  expect(tools).toEqual([
    {
      name: 's',
      input_schema: {
        type: 'object',
        properties: { n: { type: 'integer', description: 'How many\n\n{minimum: 1}' } },
        additionalProperties: false,
      },
      strict: true,
      cache_control: EPHEMERAL,
    },
    bash,
    { type: 'web_search_20250305', name: 'web_search', user_location: { type: 'approximate', city: 'Paris' } },
  ])
})

test('a schema is closed and what the vendor cannot compile is told in words', () => {
  const given = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      when: { type: 'string', format: 'date', minLength: 3 },
      tags: { type: 'array', items: { oneOf: [{ type: 'string' }, { $ref: '#/$defs/x', title: 'X' }] }, minItems: 2 },
      ['__proto__']: { type: 'null' },
    },
    $defs: { x: { type: ['object', 'null'], properties: {} } },
  }
  const { output_config: config } = build({ response_format: schema(JSON.parse(JSON.stringify(given))) })
  expect(config).toEqual({
    format: {
      type: 'json_schema',
      schema: {
        type: 'object',
        properties: {
          when: { type: 'string', format: 'date', description: '{minLength: 3}' },
          tags: {
            type: 'array',
            items: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/x' }] },
            description: '{minItems: 2}',
          },
          ['__proto__']: { type: 'null' },
        },
        $defs: { x: { type: ['object', 'null'], properties: {}, additionalProperties: false } },
        additionalProperties: false,
      },
    },
  })
})

test('a schema too deep to compile is refused', () => {
  let deep: object = { type: 'string' }
  for (let depth = 0; depth < 100; depth += 1) deep = { type: 'array', items: deep }
  expect(() => build({ response_format: schema(deep) })).toThrow(UntranslatableRequest)
})

test('JSON mode is a sentence at the end of the system prompt', () => {
  const messages = [{ role: 'system', content: 'Be brief.' }, HI]
  const { system, output_config: config } = build({ messages, response_format: { type: 'json_object' } })
  expect(system).toMatchObject([{ text: 'Be brief.' }, { text: expect.stringContaining('JSON object') }])
  expect(config).toBeUndefined()
})

test('system and developer messages are hoisted; where the model takes them between turns they stay', () => {
  const messages = [
    { role: 'system', content: 'a' },
    { role: 'developer', content: [{ type: 'text', text: 'b', cache_control: EPHEMERAL }] },
    HI,
    { role: 'system', content: 'later' },
    { role: 'assistant', content: 'ok' },
    { role: 'system', content: 'unlawful' },
    HI,
  ]
  const first = [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b', cache_control: EPHEMERAL },
  ]
  const later = { type: 'text', text: 'later' }
  const unlawful = { type: 'text', text: 'unlawful' }
  const hoisted = build({ messages }, 'claude-sonnet-5')
  expect(hoisted['system']).toEqual([...first, later, unlawful])
  expect(hoisted.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  const kept = build({ messages }, 'claude-opus-5-5')
  expect(kept['system']).toEqual([...first, unlawful])
  expect(kept.messages.map(({ role }) => role)).toEqual(['user', 'system', 'assistant', 'user'])
})

test('neighbours of one role are one turn, and empty messages and texts are left out', () => {
  const hi = { type: 'text', text: 'hi' }
  expect(
    contentOf(HI, HI, { role: 'assistant', content: ' \n' }, { role: 'user', content: [hi, { ...hi, text: '' }] }),
  ).toEqual([[hi, hi, hi]])
})

test('pictures, files and marks for the cache become the vendor’s blocks', () => {
  const file = (fields: object): object => ({ type: 'file', file: fields })
  const content = [
    { type: 'image_url', image_url: { url: 'data:application/pdf;base64,JVBE' }, cache_control: EPHEMERAL },
    file({ file_data: 'JVBE', filename: 'a.pdf' }),
    { ...file({ file_data: 'data:text/plain;base64,w6k=' }), citations: { enabled: true } },
    file({ file_id: 'file_1' }),
    { type: 'search_result', source: 'https://example.com' },
  ]
  const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }
  expect(contentOf({ role: 'user', content })).toEqual([
    [
      { type: 'document', source: pdf, cache_control: EPHEMERAL },
      { type: 'document', source: pdf, title: 'a.pdf' },
      {
        type: 'document',
        source: { type: 'text', media_type: 'text/plain', data: 'é' },
        citations: { enabled: true },
      },
      { type: 'document', source: { type: 'file', file_id: 'file_1' } },
      { type: 'search_result', source: 'https://example.com' },
    ],
  ])
  expect(contentOf({ ...HI, cache_control: EPHEMERAL })).toEqual([
    [{ type: 'text', text: 'hi', cache_control: EPHEMERAL }],
  ])
})

test('results of tools hold pictures and errors, and ids are in the vendor’s letters', () => {
  const call = { id: 'functions.f:0', type: 'function', function: { name: 'f', arguments: '{not json' } }
  const picture = { type: 'image_url', image_url: 'https://example.com/a.png' }
  const result = { role: 'tool', tool_call_id: 'functions.f:0', content: [picture], is_error: true }
  expect(contentOf(HI, { role: 'assistant', tool_calls: [call] }, result).slice(1)).toEqual([
    [{ type: 'tool_use', id: 'functions_f_0', name: 'f', input: { INVALID_JSON: '{not json' } }],
    [
      {
        type: 'tool_result',
        tool_use_id: 'functions_f_0',
        content: [{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }],
        is_error: true,
      },
    ],
  ])
})
