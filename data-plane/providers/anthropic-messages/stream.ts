import type { StreamEvent } from '../../../shared/llm/stream-event.ts'
import { toOpenAiUsage } from '../../../shared/llm/usage.ts'
import { UnreadableAnswer, type ChatCall, type StreamDecoder } from '../provider.ts'
import { createSseStreamDecoder } from '../stream-decoder.ts'
import { asObject, asObjects, asText, parseObject, type JsonObject } from '../vendor-json.ts'
import { describeEnding, describeTier, refusalOf } from './choice.ts'
import { parseExactly, writeArguments } from '../tool-arguments.ts'
import { classifyMessagesError } from './failure.ts'
import { describeKept, keepBlock } from './kept-blocks.ts'
import { mergeUsage, readUsage } from './usage.ts'

/**
 * A streamed message as `chat.completion.chunk` objects: https://platform.claude.com/docs/en/build-with-claude/streaming
 *
 * Text, thinking and the arguments of calls go on as they come. What a caller has to send back unchanged (signatures,
 * redacted thinking, what the vendor's tools did) is kept and goes out once, on the chunk with the finish reason, for
 * clients that put deltas together do so by field and would lose all but the last. Events and deltas of a kind that is
 * not known are passed over, as the vendor asks of its clients; usage is reported with each count of the whole answer.
 */
export function createMessagesStreamDecoder({ created }: ChatCall): StreamDecoder {
  const message = new StreamedMessage(created)
  return createSseStreamDecoder(({ name, data }, events) => {
    if (name === 'ping') return
    const event = parseObject(data)
    message.read({ type: asText(event['type']) || name, event, size: data.length }, events)
  })
}

/** What is kept of one answer stays under this many characters; a stream without an end must not fill the memory. */
const MOST_KEPT = 8 * 1_048_576

interface StreamedEvent {
  /** Its own word, or where it has none the name it was sent under. */
  readonly type: string
  readonly event: JsonObject
  readonly size: number
}

/** A block that has begun. */
interface OpenBlock {
  /** What will be kept of it, as far as it has come. */
  readonly kept: JsonObject
  readonly citations: JsonObject[]
  /** The place among the calls; null for what is none. */
  readonly call: number | null
  /** The input of a tool as it was given with the beginning. */
  readonly given: unknown
  /** The text of what has come since, of the vendor's own tools; a call's goes on and is not kept. */
  input: string
  hasInput: boolean
}

interface BlockDelta {
  readonly open: OpenBlock
  readonly delta: JsonObject
  readonly size: number
}

class StreamedMessage {
  readonly #open = new Map<unknown, OpenBlock>()
  readonly #blocks: JsonObject[] = []
  #head: JsonObject
  #usage: JsonObject = {}
  #calls = 0
  #kept = 0
  #isOver = false

  constructor(created: number) {
    this.#head = { object: 'chat.completion.chunk', created }
  }

  read({ type, event, size }: StreamedEvent, events: StreamEvent[]): void {
    if (this.#isOver) return
    switch (type) {
      case 'message_start':
        this.#count(size)
        return this.#start(asObject(event['message']), events)
      case 'content_block_start':
        this.#count(size)
        return this.#startBlock(event['index'], asObject(event['content_block']), events)
      case 'content_block_delta':
        return this.#readDelta({ open: this.#openBlock(event['index']), delta: asObject(event['delta']), size }, events)
      case 'content_block_stop':
        return this.#endBlock(event['index'], events)
      case 'message_delta':
        return this.#readMessageDelta(event, events)
      case 'message_stop':
        return this.#end({ type: 'stream-end' }, events)
      case 'error':
        return this.#end({ type: 'stream-error', failure: classifyMessagesError(event) }, events)
    }
  }

  #start({ id, model, usage, content }: JsonObject, events: StreamEvent[]): void {
    this.#usage = mergeUsage(this.#usage, usage)
    this.#head = { ...this.#head, id, model, ...describeTier(usage) }
    this.#push({ role: 'assistant', content: '' }, events)
    const counted = readUsage(this.#usage)
    if (counted) events.push({ type: 'usage-progress', usage: counted })
    // A message that goes on after a tool of the vendor's was run begins with blocks that are whole.
    for (const [index, block] of asObjects(content).entries()) {
      this.#startBlock(`given ${index}`, block, events)
      this.#endBlock(`given ${index}`, events)
    }
  }

  #startBlock(index: unknown, block: JsonObject, events: StreamEvent[]): void {
    const { type, id, name, input: given } = block
    const kept = { ...keepBlock(block) }
    const citations = asObjects(kept['citations'])
    const call = type === 'tool_use' ? this.#calls++ : null
    this.#blocks.push(kept)
    this.#open.set(index, { kept, citations, call, given, input: '', hasInput: false })
    if (call !== null) this.#pushCall({ index: call, id, type: 'function', function: { name, arguments: '' } }, events)
    if (type === 'text') this.#pushText('content', asText(block['text']), events)
    if (type === 'thinking') this.#pushText('reasoning_content', asText(block['thinking']), events)
  }

  #openBlock(index: unknown): OpenBlock {
    const open = this.#open.get(index)
    if (!open) throw new UnreadableAnswer('the answer goes on with a block that it did not begin')
    return open
  }

  #readDelta({ open, delta, size }: BlockDelta, events: StreamEvent[]): void {
    const { kept } = open
    switch (delta['type']) {
      case 'text_delta': {
        const text = asText(delta['text'])
        kept['length'] = Number(kept['length'] ?? 0) + text.length
        return this.#pushText('content', text, events)
      }
      case 'thinking_delta': {
        const text = this.#keep(delta['thinking'])
        kept['thinking'] = asText(kept['thinking']) + text
        return this.#pushText('reasoning_content', text, events)
      }
      case 'signature_delta':
        kept['signature'] = this.#keep(delta['signature'])
        return
      case 'citations_delta':
        this.#count(size)
        open.citations.push(asObject(delta['citation']))
        kept['citations'] = open.citations
        return
      case 'input_json_delta':
        return this.#readInput(open, asText(delta['partial_json']), events)
    }
  }

  #readInput(open: OpenBlock, text: string, events: StreamEvent[]): void {
    if (text === '') return
    open.hasInput = true
    if (open.call === null) open.input += this.#keep(text)
    else this.#pushCall({ index: open.call, function: { arguments: text } }, events)
  }

  #endBlock(index: unknown, events: StreamEvent[]): void {
    const { kept, call, given, input, hasInput } = this.#openBlock(index)
    this.#open.delete(index)
    if (call === null && hasInput) kept['input'] = toInput(input)
    if (call === null || hasInput) return
    // A call without arguments streams none, but OpenAI's clients parse what came.
    this.#pushCall({ index: call, function: { arguments: writeArguments(given) } }, events)
  }

  #readMessageDelta({ delta, usage }: JsonObject, events: StreamEvent[]): void {
    const stopped = asObject(delta)
    this.#usage = mergeUsage(this.#usage, usage)
    if (asText(stopped['stop_reason']) !== '') {
      const refusal = refusalOf(stopped)
      const last = { ...(refusal === '' ? {} : { refusal }), ...describeKept(this.#blocks) }
      const choice = { index: 0, delta: last, ...describeEnding(stopped) }
      events.push({ type: 'chunk-delta', chunk: { ...this.#head, choices: [choice] }, hasContent: refusal !== '' })
    }
    const counted = readUsage(this.#usage)
    if (!counted) return
    const chunk = { ...this.#head, choices: [], usage: toOpenAiUsage(counted) }
    events.push({ type: 'usage-report', usage: counted, chunk })
  }

  #end(event: StreamEvent, events: StreamEvent[]): void {
    this.#isOver = true
    events.push(event)
  }

  #pushText(field: 'content' | 'reasoning_content', text: string, events: StreamEvent[]): void {
    if (text !== '') this.#push({ [field]: text }, events, true)
  }

  #pushCall(call: JsonObject, events: StreamEvent[]): void {
    this.#push({ tool_calls: [call] }, events, true)
  }

  #push(delta: JsonObject, events: StreamEvent[], hasContent = false): void {
    const choices = [{ index: 0, delta, finish_reason: null }]
    events.push({ type: 'chunk-delta', chunk: { ...this.#head, choices }, hasContent })
  }

  #keep(value: unknown): string {
    const text = asText(value)
    this.#count(text.length)
    return text
  }

  #count(characters: number): void {
    this.#kept += characters
    if (this.#kept > MOST_KEPT) throw new UnreadableAnswer('the answer holds more than 8 MiB that is to be kept')
  }
}

/** The input of the vendor's own tool, for sending it back; of what is no JSON nothing can be sent. */
function toInput(text: string): unknown {
  try {
    return parseExactly(text)
  } catch {
    return {}
  }
}
