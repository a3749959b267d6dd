import type { Answer } from '../../compose-answer.ts'
import { inPieces, valueOf } from '../../pieces.ts'
import { signatureOf } from '../../signature.ts'
import { usageClasses } from '../../usage.ts'
import type { ChatWire, Said } from '../dialect.ts'
import { exceptionOf } from './bedrock-faults.ts'
import { eventFrame } from './event-frame.ts'

const MALFORMED = '{"contentBlockIndex":0,"delta":{"text":"bro'
/** Bedrock pads its events, so that their lengths tell nothing of the text. */
const PADDING = 'abcdefghijklm'

/**
 * Converse's answer, and its events in Amazon's binary frames
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).
 */
export const converseWire: ChatWire = {
  streamHeaders: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'simulator' },
  whole({ answer, extra }) {
    const content = toBlocks(answer).map(({ block }) => block)
    return {
      output: { message: { role: 'assistant', content } },
      stopReason: stopOf(answer),
      ...countOf(answer),
      metrics: { latencyMs: 1 },
      ...extra,
    }
  },
  stream({ answer, extra }) {
    const frame = (event: string, payload: object): Buffer =>
      eventFrame('event', event, JSON.stringify({ ...payload, p: PADDING, ...extra }))
    return {
      chunks: [
        frame('messageStart', { role: 'assistant' }),
        ...toBlocks(answer).flatMap(({ start, deltas }, contentBlockIndex) => [
          ...(start ? [frame('contentBlockStart', { contentBlockIndex, start })] : []),
          ...deltas.map((delta) => frame('contentBlockDelta', { contentBlockIndex, delta })),
          frame('contentBlockStop', { contentBlockIndex }),
        ]),
      ],
      ending: [
        frame('messageStop', { stopReason: stopOf(answer) }),
        frame('metadata', { ...countOf(answer), metrics: { latencyMs: 1 } }),
      ],
    }
  },
  faultPart: (fault) => eventFrame('exception', lowerFirst(exceptionOf(fault)), JSON.stringify(fault.body)),
  broken: { part: eventFrame('event', 'contentBlockDelta', MALFORMED), body: MALFORMED },
}

interface StreamedBlock {
  readonly block: object
  /** Only tool calls are opened; text and thoughts begin with what they say. */
  readonly start?: object
  readonly deltas: readonly object[]
}

function toBlocks({ reasoning, tokens, toolCalls }: Answer): StreamedBlock[] {
  const blocks: StreamedBlock[] = []
  if (reasoning.length > 0) blocks.push(toThought(reasoning))
  if (tokens.length > 0) {
    blocks.push({ block: { text: tokens.join('') }, deltas: tokens.map((text) => ({ text })) })
  }
  return [...blocks, ...toolCalls.map(toToolUse)]
}

function toThought(reasoning: readonly string[]): StreamedBlock {
  const text = reasoning.join('')
  const signature = signatureOf(text)
  return {
    block: { reasoningContent: { reasoningText: { text, signature } } },
    deltas: [...reasoning.map((piece) => ({ reasoningContent: { text: piece } })), { reasoningContent: { signature } }],
  }
}

/** A stream brings the arguments as text, to the letter; a whole answer brings them as a value. */
function toToolUse({ id: toolUseId, name, arguments: text }: Answer['toolCalls'][number]): StreamedBlock {
  return {
    block: { toolUse: { toolUseId, name, input: valueOf(text) } },
    start: { toolUse: { toolUseId, name } },
    deltas: inPieces(text).map((input) => ({ toolUse: { input } })),
  }
}

const STOP_REASONS: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
}

function stopOf({ finishReason, stopSequence }: Answer): string {
  if (finishReason === 'stop' && stopSequence !== null) return 'stop_sequence'
  return STOP_REASONS[finishReason] ?? finishReason
}

/** Bedrock's input tokens are those that no cache had to do with; the total counts them all. */
function countOf({ usage }: Pick<Said['answer'], 'usage'>): object {
  if (!usage) return {}
  const { uncached, cacheRead, cacheWrite5m, cacheWrite1h, output } = usageClasses(usage)
  const details = [
    { ttl: '1h', inputTokens: cacheWrite1h },
    { ttl: '5m', inputTokens: cacheWrite5m },
  ].filter(({ inputTokens }) => inputTokens > 0)
  return {
    usage: {
      inputTokens: uncached,
      outputTokens: output,
      totalTokens: usage.prompt_tokens + output,
      cacheReadInputTokens: cacheRead,
      cacheWriteInputTokens: cacheWrite5m + cacheWrite1h,
      ...(details.length > 0 && { cacheDetails: details }),
    },
  }
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
