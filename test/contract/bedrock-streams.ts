import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EventStreamCodec, type MessageHeaders } from '@smithy/eventstream-codec'

/**
 * What the fixtures `bedrock-*.bin` hold, in words: ConverseStream's events in the form of
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html, framed by AWS's own codec.
 * `node test/contract/bedrock-streams.ts` writes the files.
 */

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
)

type Frame = readonly [headers: Readonly<Record<string, string>>, payload: object | string]

/** An event as Bedrock writes it; `p` is its padding. */
export function event(type: string, payload: object): Frame {
  return [
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    { ...payload, p: 'abcdefghijk'.slice(0, 1 + (type.length % 10)) },
  ]
}

export function exception(type: string, payload: object): Frame {
  return [{ ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' }, payload]
}

export function encodeFrames(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.map(([headers, payload]) => {
      const named: MessageHeaders = {}
      for (const [name, value] of Object.entries(headers)) named[name] = { type: 'string', value }
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
      return codec.encode({ headers: named, body: Buffer.from(text) })
    }),
  )
}

const start = event('messageStart', { role: 'assistant' })

function block(contentBlockIndex: number, ...deltas: readonly object[]): Frame[] {
  return [
    ...deltas.map((delta) => event('contentBlockDelta', { contentBlockIndex, delta })),
    event('contentBlockStop', { contentBlockIndex }),
  ]
}

function toolBlock(contentBlockIndex: number, toolUse: object, ...inputs: readonly string[]): Frame[] {
  return [
    event('contentBlockStart', { contentBlockIndex, start: { toolUse } }),
    ...block(contentBlockIndex, ...inputs.map((input) => ({ toolUse: { input } }))),
  ]
}

function end(stopReason: string, usage?: object): Frame[] {
  return [
    event('messageStop', { stopReason }),
    event('metadata', { ...(usage ? { usage } : {}), metrics: { latencyMs: 551 } }),
  ]
}

const USAGE = { inputTokens: 24, outputTokens: 7, totalTokens: 31 }

export const BEDROCK_STREAMS = {
  text: [start, ...block(0, { text: 'La gare est ' }, { text: 'à gauche 🚉' }), ...end('end_turn', USAGE)],
  'parallel-tool-calls': [
    start,
    ...block(0, { text: 'Un instant…' }),
    ...toolBlock(1, { toolUseId: 'tooluse_1', name: 'get_weather' }, '{"city": "Pa', 'ris é", "days": 1.0}'),
    ...toolBlock(2, { toolUseId: 'tooluse_2', name: 'get_time' }, '{"zone":', '"Europe/Paris"}'),
    ...end('tool_use', USAGE),
  ],
  reasoning: [
    start,
    ...block(
      0,
      { reasoningContent: { text: 'La gare ' } },
      { reasoningContent: { text: 'est où ? 🤔' } },
      { reasoningContent: { signature: 'c2lnbmVk' } },
    ),
    ...block(1, { reasoningContent: { redactedContent: 'c2VjcmV0' } }),
    ...block(2, { text: 'À gauche.' }),
    ...end('end_turn', USAGE),
  ],
  'cached-tokens': [
    start,
    ...block(0, { text: 'Oui.' }),
    ...end('end_turn', {
      inputTokens: 12,
      outputTokens: 3,
      totalTokens: 4_120,
      cacheReadInputTokens: 2_048,
      cacheWriteInputTokens: 2_057,
      cacheDetails: [
        { ttl: '1h', inputTokens: 1_024 },
        { ttl: '5m', inputTokens: 1_033 },
      ],
    }),
  ],
  'without-usage': [start, ...block(0, { text: 'Voilà.' }), ...end('stop_sequence')],
  'too-long': [start, ...block(0, { text: 'Il était une fo' }), ...end('max_tokens', USAGE)],
  filtered: [start, ...block(0, { text: 'Désolé, pas ça.' }), ...end('guardrail_intervened', USAGE)],
  'unknown-finish-reason': [start, ...block(0, { text: 'Hé' }), ...end('malformed_tool_use', USAGE)],
  error: [
    start,
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'La gare é' } }),
    exception('throttlingException', { message: 'Too many tokens, please wait before trying again.' }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'never read' } }),
  ],
} as const satisfies Readonly<Record<string, readonly Frame[]>>

if (import.meta.main) {
  for (const [name, frames] of Object.entries(BEDROCK_STREAMS)) {
    writeFileSync(join(import.meta.dirname, `fixtures/bedrock-${name}.bin`), encodeFrames(frames))
  }
}
