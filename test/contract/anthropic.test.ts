import { anthropic } from '../../data-plane/providers/anthropic.ts'
import { NO_USAGE, type Usage } from '../../shared/llm/usage.ts'
import { describeProvider, type AnswerCase } from './describe-provider.ts'
import { fixture } from './provider-calls.ts'

const MODEL = 'claude-sonnet-4-6'
const FRENCH = { type: 'text', text: 'Où est la gare ? 🚉' }
const WHAT = { type: 'text', text: 'What is it?' }

/** Server-sent events as the vendor writes them. */
function events(...payloads: readonly { readonly type: string; readonly [field: string]: unknown }[]): string {
  return payloads.map((payload) => `event: ${payload.type}\ndata: ${JSON.stringify(payload)}\n\n`).join('')
}

const USAGE = { input_tokens: 12, output_tokens: 6 }
const COUNTED: Usage = { ...NO_USAGE, uncachedInputTokens: 12, outputTokens: 6 }

interface Blocks {
  readonly content: readonly { readonly type: string; readonly [field: string]: unknown }[]
  readonly stop_reason?: string
  readonly stop_details?: object
  readonly usage?: object | null
}

/** One answer in both of the vendor's forms: whole, and streamed with each block's text in two deltas. */
function bothForms({ content, stop_reason = 'end_turn', usage = USAGE, stop_details }: Blocks) {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: MODEL, stop_sequence: null }
  const counts = usage === null ? {} : { usage }
  const blocks = content.flatMap((block, index) => [
    { type: 'content_block_start', index, content_block: emptied(block) },
    ...deltasOf(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ])
  return {
    whole: JSON.stringify({ ...message, content, stop_reason, stop_details, ...counts }),
    streamed: events(
      { type: 'message_start', message: { ...message, content: [], stop_reason: null, ...counts } },
      { type: 'ping' },
      ...blocks,
      { type: 'message_delta', delta: { stop_reason, stop_sequence: null, stop_details }, ...counts },
      { type: 'message_stop' },
    ),
  }
}

function emptied(block: Blocks['content'][number]): object {
  if (block.type === 'text') return { type: 'text', text: '' }
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' }
  return block.type === 'tool_use' ? { ...block, input: {} } : block
}

function deltasOf(block: Blocks['content'][number]): object[] {
  const halves = (text: string): string[] => [text.slice(0, 3), text.slice(3)]
  if (block.type === 'text') return halves(String(block['text'])).map((text) => ({ type: 'text_delta', text }))
  if (block.type === 'tool_use') {
    const input = JSON.stringify(block['input'])
    return ['', ...halves(input)].map((text) => ({ type: 'input_json_delta', partial_json: text }))
  }
  if (block.type !== 'thinking') return []
  return [
    ...halves(String(block['thinking'])).map((thinking) => ({ type: 'thinking_delta', thinking })),
    { type: 'signature_delta', signature: block['signature'] },
  ]
}

const THOUGHT = { type: 'thinking', thinking: '1071 = 2 × 462 + 147', signature: 'EqQBCgIYAhIM1gbc' }
const REDACTED = { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix' }
const CALLS = [
  { id: 'toolu_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Zürich"}' } },
  { id: 'toolu_2', type: 'function', function: { name: 'get_time', arguments: '{}' } },
]

const CACHED = {
  input_tokens: 2_048,
  cache_read_input_tokens: 1_800,
  cache_creation_input_tokens: 248,
  output_tokens: 503,
  cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
}

const forms = {
  parallelToolCalls: bothForms({
    content: [
      { type: 'text', text: 'Beides: 🌦' },
      { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Zürich' } },
      { type: 'tool_use', id: 'toolu_2', name: 'get_time', input: {} },
    ],
    stop_reason: 'tool_use',
  }),
  reasoning: bothForms({
    content: [THOUGHT, REDACTED, { type: 'text', text: 'It is 21 ✓' }],
    usage: { ...USAGE, output_tokens: 60, output_tokens_details: { thinking_tokens: 50 } },
  }),
  cachedTokens: bothForms({ content: [{ type: 'text', text: 'schön' }], usage: CACHED }),
  withoutUsage: bothForms({ content: [{ type: 'text', text: 'schön' }], usage: null }),
  tooLong: bothForms({ content: [{ type: 'text', text: 'Es war ein' }], stop_reason: 'max_tokens' }),
  filtered: bothForms({
    content: [{ type: 'text', text: 'Ich…' }],
    stop_reason: 'refusal',
    stop_details: { type: 'refusal', category: 'cyber', explanation: 'This request was declined.' },
  }),
  unknownFinishReason: bothForms({ content: [{ type: 'text', text: 'später…' }], stop_reason: 'pause_turn' }),
}

const expected: Record<keyof typeof forms, Omit<AnswerCase, 'bytes'>> = {
  parallelToolCalls: {
    message: { content: 'Beides: 🌦', tool_calls: CALLS },
    finishReason: 'tool_calls',
    usage: COUNTED,
  },
  reasoning: {
    message: { content: 'It is 21 ✓', reasoning_content: '1071 = 2 × 462 + 147' },
    finishReason: 'stop',
    usage: { ...COUNTED, outputTokens: 60, reasoningTokens: 50 },
  },
  cachedTokens: {
    message: { content: 'schön' },
    finishReason: 'stop',
    usage: {
      ...NO_USAGE,
      uncachedInputTokens: 2_048,
      cacheReadTokens: 1_800,
      cacheWriteTokens: 148,
      cacheWrite1hTokens: 100,
      outputTokens: 503,
    },
  },
  withoutUsage: { message: { content: 'schön' }, finishReason: 'stop', usage: null },
  tooLong: { message: { content: 'Es war ein' }, finishReason: 'length', usage: COUNTED },
  filtered: { message: { content: 'Ich…' }, finishReason: 'content_filter', usage: COUNTED },
  unknownFinishReason: {
    message: { content: 'später…' },
    finishReason: 'stop',
    nativeFinishReason: 'pause_turn',
    usage: COUNTED,
  },
}

function casesOf(form: 'whole' | 'streamed'): Record<keyof typeof forms, AnswerCase> {
  const cases = Object.entries(forms).map(([name, forms]) => [
    name,
    { bytes: forms[form], ...expected[name as keyof typeof expected] },
  ])
  return Object.fromEntries(cases) as Record<keyof typeof forms, AnswerCase>
}

function error(type: string, message: string): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' })
}

const withLimit = { max_tokens: 16_384, model: MODEL }

describeProvider(anthropic, {
  call: { upstreamModel: MODEL, baseUrl: 'https://api.anthropic.com' },
  requests: {
    system: {
      model: MODEL,
      max_tokens: 256,
      system: [{ type: 'text', text: 'Answer in French.' }],
      messages: [{ role: 'user', content: [FRENCH] }],
      temperature: 0.5,
      stop_sequences: ['END'],
    },
    imageData: {
      ...withLimit,
      messages: [
        {
          role: 'user',
          content: [WHAT, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }],
        },
      ],
    },
    imageUrl: {
      ...withLimit,
      messages: [
        {
          role: 'user',
          content: [WHAT, { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }],
        },
      ],
    },
    jsonSchema: {
      ...withLimit,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Name a city.' }] }],
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: { name: { type: 'string' } },
            required: ['name'],
            additionalProperties: false,
          },
        },
      },
    },
    tools: {
      ...withLimit,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Weather and time in Paris?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Paris' } },
            { type: 'tool_use', id: 'call_2', name: 'get_time', input: { zone: 'Europe/Paris' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call_1', content: '{"celsius":21}' },
            { type: 'tool_result', tool_use_id: 'call_2', content: 'noon' },
          ],
        },
      ],
      tools: [
        {
          name: 'get_weather',
          description: 'Weather of a city',
          input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
        { name: 'get_time', input_schema: { type: 'object', properties: { zone: { type: 'string' } } } },
      ],
      tool_choice: { type: 'tool', name: 'get_weather' },
    },
  },
  answers: {
    text: {
      bytes: fixture('anthropic-message-text.json'),
      message: { content: 'Hello!' },
      finishReason: 'stop',
      usage: COUNTED,
    },
    ...casesOf('whole'),
  },
  streams: {
    text: {
      bytes: fixture('anthropic-stream-text.txt'),
      message: { content: 'Hello!' },
      finishReason: 'stop',
      usage: { ...NO_USAGE, uncachedInputTokens: 25, outputTokens: 15 },
    },
    ...casesOf('streamed'),
  },
  errorInStream: {
    bytes:
      fixture('anthropic-stream-text.txt').toString('utf8').split('event: content_block_stop')[0] +
      'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "Überlastet"}}\n\n' +
      events({ type: 'message_stop' }),
    failure: { type: 'unavailable', message: 'Überlastet', code: 'overloaded_error', retryAfterMs: null },
  },
  refusals: {
    400: refused('invalid_request_error', 'messages: at least one message is required', 'request'),
    401: refused('authentication_error', 'invalid x-api-key', 'credential'),
    403: refused('permission_error', 'Your API key does not have permission', 'credential'),
    404: {
      body: fixture('anthropic-error.json').toString('utf8'),
      failure: {
        type: 'model',
        message: 'The requested resource could not be found.',
        code: 'not_found_error',
        retryAfterMs: null,
      },
    },
    429: refused('rate_limit_error', 'This request would exceed your rate limit', 'rate-limit'),
    500: refused('api_error', 'Internal server error', 'unavailable'),
    503: refused('api_error', 'Service unavailable', 'unavailable'),
    529: refused('overloaded_error', 'Overloaded', 'unavailable'),
    contextLength: {
      status: 400,
      ...refused('invalid_request_error', 'prompt is too long: 205000 tokens > 200000 maximum', 'context-length'),
    },
    contentFilter: {
      status: 400,
      ...refused('invalid_request_error', 'Output blocked by content filtering policy', 'content-filter'),
    },
  },
  embeddings: 'untranslatable',
})

function refused<Type extends string>(code: string, message: string, type: Type) {
  return { body: error(code, message), failure: { type, message, code, retryAfterMs: null } }
}
