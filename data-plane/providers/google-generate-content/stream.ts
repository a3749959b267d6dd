import type { ChatChunk, ChatChunkChoice, StreamEvent } from '../../../shared/llm/stream-event.ts'
import { toOpenAiUsage, type Usage } from '../../../shared/llm/usage.ts'
import { UnreadableAnswer, type ChatCall, type StreamDecoder } from '../provider.ts'
import { createSseStreamDecoder } from '../stream-decoder.ts'
import { asObject, asObjects, asText, parseObject, type JsonObject } from '../vendor-json.ts'
import { isBlocked, readCreated } from './answer.ts'
import { describeContent, nameCall, readContent, readIndex } from './candidate.ts'
import { readErrorInside } from './failure.ts'
import { readFinish } from './finish-reason.ts'
import { readLogprobs } from './logprobs.ts'
import { modelGeneration } from './model-generation.ts'
import { countSearches, readUsage } from './usage.ts'

/**
 * A `streamGenerateContent?alt=sse` answer as `chat.completion.chunk` objects. Each event is a whole answer with what
 * is new; function calls come in one piece. There is no terminator: the stream has ended when every candidate has said
 * why it stopped. Usage grows from event to event, so only the last is reported.
 */
export function createGenerateContentStreamDecoder(call: ChatCall): StreamDecoder {
  const stream = new GenerateContentStream(call)
  return createSseStreamDecoder(({ data }, events) => stream.read(data, events))
}

/** More than Google makes at once; what a stream keeps must be bounded. */
const MOST_CANDIDATES = 128

class GenerateContentStream {
  readonly #call: ChatCall
  readonly #generation: number
  /** Function calls seen so far, by candidate. */
  readonly #calls = new Map<number, number>()
  readonly #finished = new Set<number>()
  readonly #searches = new Map<number, number>()
  #created: number | null = null
  #usageMetadata: unknown
  #ended = false

  constructor(call: ChatCall) {
    this.#call = call
    this.#generation = modelGeneration(call.upstreamModel)
  }

  read(data: string, events: StreamEvent[]): void {
    const answer = parseEvent(data)
    if (answer['error'] !== undefined) {
      events.push({ type: 'stream-error', failure: readErrorInside(answer['error']) })
      return
    }
    const { candidates, usageMetadata, createTime, ...rest } = answer
    this.#created ??= readCreated(createTime, this.#call.created)
    this.#usageMetadata = usageMetadata ?? this.#usageMetadata
    const frame = { ...rest, object: 'chat.completion.chunk', created: this.#created }
    const blocked = isBlocked(answer)
    const choices = blocked ? [blockedChoice()] : this.#readChoices(asObjects(candidates), rest)
    if (choices.length > 0) {
      const hasContent = choices.some(({ delta }) => isContent(asObject(delta)))
      events.push({ type: 'chunk-delta', chunk: { ...frame, choices }, hasContent })
    }
    if (blocked || this.#finished.size >= (this.#call.request.n ?? 1)) this.#end(frame, events)
  }

  #readChoices(candidates: readonly JsonObject[], { responseId }: JsonObject): ChatChunkChoice[] {
    return candidates.map((candidate, position) => {
      const { content, finishReason, index: _index, logprobsResult, ...rest } = candidate
      const index = readIndex(candidate, position)
      if (index >= MOST_CANDIDATES) throw new UnreadableAnswer('the answer has too many candidates')
      const known = this.#calls.get(index)
      const answerId = asText(responseId) || String(this.#created)
      const read = readContent(content, (call) => nameCall(answerId, index, (known ?? 0) + call))
      const toolCalls = read.toolCalls.map((call, at) => ({ index: (known ?? 0) + at, ...call }))
      const calls = (known ?? 0) + toolCalls.length
      this.#calls.set(index, calls)
      this.#noteSearches(index, candidate)
      const finish = readFinish(finishReason, calls > 0)
      if (finish) this.#finished.add(index)
      const delta = {
        ...(known === undefined ? { role: 'assistant' } : {}),
        ...(read.text === '' ? {} : { content: read.text }),
        ...describeContent({ ...read, toolCalls }),
      }
      return { ...rest, index, delta, ...readLogprobs(logprobsResult), ...(finish ?? { finish_reason: null }) }
    })
  }

  #noteSearches(index: number, candidate: JsonObject): void {
    const count = countSearches(candidate, this.#generation)
    if (count > 0) this.#searches.set(index, Math.max(count, this.#searches.get(index) ?? 0))
  }

  /** Usage that comes after the end, alone, is reported again: the last report holds. */
  #end(frame: ChatChunk, events: StreamEvent[]): void {
    let searches = 0
    for (const count of this.#searches.values()) searches += count
    const usage = readUsage(this.#usageMetadata, searches)
    if (usage) events.push(reportUsage(usage, frame))
    this.#usageMetadata = undefined
    if (!this.#ended) events.push({ type: 'stream-end' })
    this.#ended = true
  }
}

/** An error may come wrapped in a list, as it does where a stream is asked for without `alt=sse`. */
function parseEvent(data: string): JsonObject {
  return parseObject(data.startsWith('[') ? data.slice(1, data.lastIndexOf(']')) : data)
}

function reportUsage(usage: Usage, frame: ChatChunk): StreamEvent {
  return { type: 'usage-report', usage, chunk: { ...frame, choices: [], usage: toOpenAiUsage(usage) } }
}

function blockedChoice(): ChatChunkChoice {
  return { index: 0, delta: { role: 'assistant', content: null }, finish_reason: 'content_filter' }
}

/** Anything that a reader sees: not the role, and no signature. */
function isContent({ content, reasoning_content: reasoning, tool_calls: calls, images }: JsonObject): boolean {
  return [content, reasoning, calls, images].some((value) => value !== undefined && value !== null)
}
