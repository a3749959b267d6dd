import type { Usage } from '../../shared/llm/usage.ts'
import type { Nanodollars } from '../../shared/money/nanodollars.ts'
import { readUsage } from '../providers/openai-compatible/usage.ts'
import { readCost } from '../providers/openrouter.ts'
import { SseDecoder } from '../providers/sse-decoder.ts'
import { asObject, asObjects, isObject, parseLeniently, type JsonObject } from '../providers/vendor-json.ts'

/**
 * Reads what an answer used and cost from a copy of its bytes, while they pass: an event stream by its events, anything
 * else as one JSON body at its end. It changes nothing and never throws: what cannot be read was not told.
 */
export interface AnswerMeter {
  /** Whether words of the answer have come, and not only what keeps the connection open. */
  readonly hasContent: boolean
  take(bytes: Buffer): void
  /** What was told by now. */
  read(): MeteredAnswer
}

export interface MeteredAnswer {
  readonly usage: Usage | null
  readonly reportedCost: Nanodollars | null
  readonly finishReason: string | null
  /** Length of what the model wrote, for an estimate where no usage came. */
  readonly characters: number
  /** The choice's message of a whole answer. */
  readonly message: unknown
}

/** A longer body is passed on and not kept: its usage is estimated. */
const LONGEST_BODY = 64 * 1_048_576

/** @param contentType the answer's */
export function createAnswerMeter(contentType: string): AnswerMeter {
  const tally = new Tally()
  return /^text\/event-stream\b/i.test(contentType) ? meterEvents(tally) : meterBody(tally)
}

function meterEvents(tally: Tally): AnswerMeter {
  let isReadable = true
  const decoder = new SseDecoder(({ data }) => {
    if (data !== '[DONE]') tally.add(parseLeniently(Buffer.from(data)))
  })
  return {
    get hasContent() {
      return tally.hasContent
    },
    take(bytes) {
      if (!isReadable) return
      try {
        decoder.decode(bytes)
      } catch {
        // An event that is too long: the bytes go on, and what was read so far counts.
        isReadable = false
      }
    },
    read: () => tally.read(),
  }
}

function meterBody(tally: Tally): AnswerMeter {
  let chunks: Buffer[] = []
  let length = 0
  let hasContent = false
  return {
    get hasContent() {
      return hasContent
    },
    take(bytes) {
      hasContent ||= bytes.some((byte) => byte > SPACE)
      length += bytes.length
      if (length > LONGEST_BODY) chunks = []
      else chunks.push(bytes)
    },
    read() {
      if (length <= LONGEST_BODY) tally.add(parseLeniently(Buffer.concat(chunks)))
      chunks = []
      return tally.read()
    },
  }
}

/** It and the other signs that JSON takes for space: some providers send them while a body is waited for. */
const SPACE = 0x20

class Tally {
  #usage: JsonObject = {}
  #finishReason: string | null = null
  #characters = 0
  #message: unknown = null

  /** A body or an event. Chat completions have `usage`; the Responses API `response.usage`, the Messages API also `message.usage`. */
  add(value: JsonObject): void {
    const { usage = asObject(value['response'])['usage'] ?? asObject(value['message'])['usage'] } = value
    if (isObject(usage)) this.#usage = { ...this.#usage, ...usage }
    const [choice] = asObjects(value['choices'])
    if (typeof choice?.['finish_reason'] === 'string') this.#finishReason = choice['finish_reason']
    if (isObject(choice?.['message'])) this.#message = choice['message']
    for (const each of asObjects(value['choices'])) {
      this.#characters += lengthOf(each['text']) + countText(each['delta']) + countText(each['message'])
    }
    this.#characters += lengthOf(value['delta']) + countText(value['delta'])
  }

  get hasContent(): boolean {
    return this.#characters > 0
  }

  read(): MeteredAnswer {
    return {
      usage: readUsage(inChatWords(this.#usage)),
      reportedCost: readCost(this.#usage),
      finishReason: this.#finishReason,
      characters: this.#characters,
      message: this.#message,
    }
  }
}

function countText(part: unknown): number {
  const { content, text, reasoning } = asObject(part)
  return lengthOf(content) + lengthOf(text) + lengthOf(reasoning)
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0
}

/**
 * Other APIs count in other words: `input_tokens` of the Responses API holds the cached ones
 * (https://platform.openai.com/docs/api-reference/responses), that of the Messages API does not
 * (https://platform.claude.com/docs/en/api/messages).
 */
function inChatWords(usage: JsonObject): JsonObject {
  if (typeof usage['input_tokens'] !== 'number') return usage
  const count = (field: string): number => (typeof usage[field] === 'number' ? usage[field] : 0)
  const [read, written] = [count('cache_read_input_tokens'), count('cache_creation_input_tokens')]
  const details = asObject(usage['input_tokens_details'])
  return {
    prompt_tokens: count('input_tokens') + read + written,
    completion_tokens: count('output_tokens'),
    prompt_tokens_details: {
      ...details,
      ...(read + written > 0 && { cached_tokens: read, cache_write_tokens: written }),
    },
    completion_tokens_details: usage['output_tokens_details'],
  }
}
