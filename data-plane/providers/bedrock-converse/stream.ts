import type { ProviderFailure } from '../../../shared/llm/provider-failure.ts'
import type { ChatChunk, StreamEvent } from '../../../shared/llm/stream-event.ts'
import { toOpenAiUsage } from '../../../shared/llm/usage.ts'
import { UnreadableAnswer, type ChatCall, type StreamDecoder } from '../provider.ts'
import { createStreamDecoder } from '../stream-decoder.ts'
import { asObject, asText, isObject, parseLeniently, parseObject, type JsonObject } from '../vendor-json.ts'
import { EventStreamMessages, headerText, type EventStreamMessage } from './event-stream-messages.ts'
import { classifyException } from './failure.ts'
import { KeptBlocks } from './kept-blocks.ts'
import { readStopReason } from './stop-reason.ts'
import { readConverseUsage } from './usage.ts'

/**
 * Decodes ConverseStream (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html):
 * binary messages, of which each is an event, an exception or an error. `metadata` is the last; a stream that closes
 * after `messageStop` without it is whole, and its usage unknown.
 *
 * Text, reasoning and the arguments of calls go on as they come. What a caller has to send back unchanged goes out once,
 * on the chunk with the finish reason: clients put deltas together by field, and would keep the last of a list alone.
 */
export function createConverseStreamDecoder({ created, upstreamModel }: ChatCall): StreamDecoder {
  const messages = new EventStreamMessages()
  const reader = new ConverseStreamReader(created, new KeptBlocks(upstreamModel))
  return createStreamDecoder((chunk, events) => {
    const complete: EventStreamMessage[] = []
    try {
      messages.decode(chunk, complete)
    } finally {
      // Also those before a damaged frame: where the bytes were cut must not matter.
      for (const message of complete) reader.read(message, events)
    }
  })
}

/** Blocks come one after the other; more at once than this are no answer of a model's. */
const MOST_OPEN_CALLS = 1_000

/** A tool call under way: its place among the caller's, and whether it has arguments yet. */
interface OpenToolCall {
  readonly index: number
  hasArguments: boolean
}

class ConverseStreamReader {
  readonly #created: number
  readonly #kept: KeptBlocks
  /** By the place of their block; gone when the block ends. */
  readonly #openCalls = new Map<number, OpenToolCall>()
  #toolCalls = 0
  #ended = false

  constructor(created: number, kept: KeptBlocks) {
    this.#created = created
    this.#kept = kept
  }

  read(message: EventStreamMessage, events: StreamEvent[]): void {
    if (this.#ended) return
    const type = headerText(message, ':message-type')
    if (type === 'event') return this.#readEvent(message, events)
    if (type !== 'exception' && type !== 'error')
      throw new UnreadableAnswer('the stream holds a message of no known type')
    this.#end({ type: 'stream-error', failure: readFailure(message, type) }, events)
  }

  #readEvent(message: EventStreamMessage, events: StreamEvent[]): void {
    const event = parseObject(message.payload.toString('utf8'))
    switch (headerText(message, ':event-type')) {
      case 'messageStart':
        return this.#pushDelta({ role: 'assistant', content: '' }, events)
      case 'contentBlockStart':
        return this.#startBlock(event, events)
      case 'contentBlockDelta':
        return this.#continueBlock(event, events)
      case 'contentBlockStop':
        return this.#stopBlock(event, events)
      case 'messageStop':
        return this.#stopMessage(event, events)
      case 'metadata':
        return this.#readMetadata(event, events)
      default:
      // Events that AWS adds later say nothing that a caller waits for.
    }
  }

  #startBlock({ start, contentBlockIndex: place }: JsonObject, events: StreamEvent[]): void {
    const { toolUse } = asObject(start)
    // Tools that Bedrock runs itself are not the caller's.
    if (!isObject(toolUse) || toolUse['type'] === 'server_tool_use') return
    if (this.#openCalls.size >= MOST_OPEN_CALLS) throw new UnreadableAnswer('the answer opens too many tool calls')
    const index = this.#toolCalls++
    this.#openCalls.set(asPlace(place), { index, hasArguments: false })
    const { toolUseId: id, name } = toolUse
    this.#pushDelta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }, events)
  }

  #continueBlock({ delta, contentBlockIndex: place }: JsonObject, events: StreamEvent[]): void {
    const { text, toolUse, reasoningContent: reasoning, citation } = asObject(delta)
    if (typeof text === 'string') return this.#pushDelta({ content: text }, events)
    if (isObject(toolUse)) return this.#continueCall(place, asText(toolUse['input']), events)
    if (isObject(citation)) return this.#kept.addCitation(citation)
    if (!isObject(reasoning)) return
    this.#kept.addReasoning(asPlace(place), reasoning)
    const thought = asText(reasoning['text'])
    if (thought !== '') this.#pushDelta({ reasoning_content: thought }, events)
  }

  #continueCall(place: unknown, text: string, events: StreamEvent[]): void {
    const call = this.#openCalls.get(asPlace(place))
    if (!call || text === '') return
    call.hasArguments = true
    this.#pushDelta({ tool_calls: [{ index: call.index, function: { arguments: text } }] }, events)
  }

  #stopBlock({ contentBlockIndex: place }: JsonObject, events: StreamEvent[]): void {
    const call = this.#openCalls.get(asPlace(place))
    this.#openCalls.delete(asPlace(place))
    // A call without arguments streams none, but OpenAI's clients parse what came.
    if (call && !call.hasArguments) {
      this.#pushDelta({ tool_calls: [{ index: call.index, function: { arguments: '{}' } }] }, events)
    }
  }

  #stopMessage({ stopReason, additionalModelResponseFields: fields }: JsonObject, events: StreamEvent[]): void {
    const chunk = this.#chunk([{ index: 0, delta: this.#kept.describe(), ...readStopReason(stopReason) }])
    if (fields !== undefined) chunk['additionalModelResponseFields'] = fields
    events.push({ type: 'chunk-delta', chunk, hasContent: false })
  }

  /** `p` is padding, by which Bedrock hides from a listener how long each event is. */
  #readMetadata({ usage: counted, p: _padding, ...said }: JsonObject, events: StreamEvent[]): void {
    const usage = readConverseUsage(counted)
    if (usage) {
      const chunk = { ...said, ...this.#chunk([]), usage: toOpenAiUsage(usage) }
      events.push({ type: 'usage-report', usage, chunk })
    }
    this.#end({ type: 'stream-end' }, events)
  }

  #end(event: StreamEvent, events: StreamEvent[]): void {
    this.#ended = true
    events.push(event)
  }

  #pushDelta(delta: JsonObject, events: StreamEvent[]): void {
    const chunk = this.#chunk([{ index: 0, delta, finish_reason: null }])
    events.push({ type: 'chunk-delta', chunk, hasContent: delta['content'] !== '' })
  }

  #chunk(choices: NonNullable<ChatChunk['choices']>): ChatChunk {
    return { object: 'chat.completion.chunk', created: this.#created, choices }
  }
}

/** A `contentBlockIndex`; a block without one is the first. */
function asPlace(index: unknown): number {
  return typeof index === 'number' ? index : 0
}

function readFailure(message: EventStreamMessage, type: 'exception' | 'error'): ProviderFailure {
  if (type === 'exception') {
    return classifyException(headerText(message, ':exception-type'), parseLeniently(message.payload))
  }
  return classifyException(headerText(message, ':error-code'), { message: headerText(message, ':error-message') })
}
