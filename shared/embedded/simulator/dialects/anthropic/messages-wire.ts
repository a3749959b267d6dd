import type { Answer } from '../../compose-answer.ts'
import { inPieces, valueOf } from '../../pieces.ts'
import type { ScriptedUsage } from '../../script.ts'
import { signatureOf } from '../../signature.ts'
import { usageClasses } from '../../usage.ts'
import type { ChatWire, Said } from '../dialect.ts'

const MALFORMED = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"bro'

/**
 * Anthropic's message (https://platform.claude.com/docs/en/api/messages) and its events
 * (https://platform.claude.com/docs/en/build-with-claude/streaming).
 */
export const messagesWire: ChatWire = {
  streamHeaders: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
  whole({ answer, envelope, extra }) {
    const content = toBlocks(answer).map(({ block }) => block)
    return { ...opening({ answer, envelope, extra }), content, ...stopOf(answer), ...countOf(answer.usage), ...extra }
  },
  stream(said) {
    const event = (type: string, fields: object): string =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...fields, ...said.extra })}\n\n`
    return { chunks: toEvents(said).map(([type, fields]) => event(type, fields)), ending: [event('message_stop', {})] }
  },
  faultPart: ({ body }) => `event: error\ndata: ${JSON.stringify(body)}\n\n`,
  broken: { part: `event: content_block_delta\ndata: ${MALFORMED}\n\n`, body: MALFORMED },
}

type Event = readonly [type: string, fields: object]

interface StreamedBlock {
  readonly block: object
  /** What a stream opens the block with, and what it adds to it then. */
  readonly open: object
  readonly deltas: readonly object[]
}

function opening({ envelope: { number, model } }: Said): object {
  return { id: `msg_sim${number}`, type: 'message', role: 'assistant', model }
}

function toEvents(said: Said): Event[] {
  const { answer } = said
  const blocks = toBlocks(answer)
  const usage = answer.usage && countOf({ ...answer.usage, completion_tokens: 1 })
  const message = {
    ...opening(said),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    ...usage,
  }
  return [
    ['message_start', { message }],
    ...blocks.flatMap(({ open, deltas }, index): Event[] => [
      ['content_block_start', { index, content_block: open }],
      // The first block of a stream comes with a sign of life.
      ...(index === 0 ? [['ping', {}] as const] : []),
      ...deltas.map((delta): Event => ['content_block_delta', { index, delta }]),
      ['content_block_stop', { index }],
    ]),
    ['message_delta', { delta: stopOf(answer), ...countOf(answer.usage) }],
  ]
}

function toBlocks({ reasoning, tokens, toolCalls }: Answer): StreamedBlock[] {
  const thought = reasoning.join('')
  const signature = signatureOf(thought)
  const blocks: StreamedBlock[] = []
  if (thought !== '') {
    blocks.push({
      block: { type: 'thinking', thinking: thought, signature },
      open: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        ...reasoning.map((text) => ({ type: 'thinking_delta', thinking: text })),
        { type: 'signature_delta', signature },
      ],
    })
  }
  if (tokens.length > 0) {
    blocks.push({
      block: { type: 'text', text: tokens.join(''), citations: null },
      open: { type: 'text', text: '', citations: null },
      deltas: tokens.map((text) => ({ type: 'text_delta', text })),
    })
  }
  return [...blocks, ...toolCalls.map(toToolBlock)]
}

/** A stream brings the arguments as text, to the letter; a whole message brings them as a value. */
function toToolBlock({ id, name, arguments: text }: Answer['toolCalls'][number]): StreamedBlock {
  const start = { type: 'tool_use', id, name, caller: { type: 'direct' } }
  return {
    block: { ...start, input: valueOf(text) },
    open: { ...start, input: {} },
    deltas: ['', ...inPieces(text)].map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
  }
}

const STOP_REASONS: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
}

function stopOf({ finishReason, stopSequence }: Answer): object {
  const reason = STOP_REASONS[finishReason] ?? finishReason
  return {
    stop_reason: finishReason === 'stop' && stopSequence !== null ? 'stop_sequence' : reason,
    stop_sequence: stopSequence,
    stop_details: reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
  }
}

/** Anthropic's input tokens are those that no cache had to do with; thinking is part of the output. */
function countOf(usage: ScriptedUsage | undefined): object {
  if (!usage) return {}
  const { uncached, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning } = usageClasses(usage)
  return {
    usage: {
      input_tokens: uncached,
      cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
      cache_read_input_tokens: cacheRead,
      cache_creation: { ephemeral_5m_input_tokens: cacheWrite5m, ephemeral_1h_input_tokens: cacheWrite1h },
      output_tokens: output,
      output_tokens_details: { thinking_tokens: reasoning },
      service_tier: 'standard',
    },
  }
}
