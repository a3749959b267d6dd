import type { ChatChunk, StreamEvent } from '../../../shared/llm/stream-event.ts'
import type { Usage } from '../../../shared/llm/usage.ts'
import type { OpenAiDialect } from './dialect.ts'
import { FailedAnswer, UnreadableAnswer, type StreamDecoder } from '../provider.ts'
import { createSseStreamDecoder } from '../stream-decoder.ts'
import { asObject, isObject, parseObject, type JsonObject } from '../vendor-json.ts'
import { isBroken, settleFinishReason, settleReasoning } from './choice.ts'
import { classifyEmbeddedError } from './failure.ts'
import { readUsage } from './usage.ts'

/** Decodes a stream of `chat.completion.chunk` objects, each of which goes on as it came. */
export function createChatStreamDecoder(dialect: OpenAiDialect): StreamDecoder {
  return createSseStreamDecoder(({ name, data }, events) => {
    if (data === '[DONE]') {
      events.push({ type: 'stream-end' })
      return
    }
    const chunk: ChatChunk = parseObject(data)
    const { error } = chunk
    if (name === 'error' || (error !== undefined && error !== null)) {
      throw new FailedAnswer(classifyEmbeddedError(chunk, dialect))
    }
    readChunk(chunk, dialect, events)
  })
}

function readChunk(chunk: ChatChunk, dialect: OpenAiDialect, events: StreamEvent[]): void {
  // Portkey sends what its guardrails found in a chunk of its own, without the field that clients read first.
  if (!Array.isArray(chunk.choices)) chunk.choices = []
  const { choices } = chunk
  let hasContent = false
  for (const choice of choices) if (settleChoice(choice, dialect)) hasContent = true

  const usage = readUsage(chunk.usage)
  if (!usage) {
    events.push({ type: 'chunk-delta', chunk, hasContent })
    return
  }
  if (choices.length === 0) {
    events.push(usageReport(chunk, usage, dialect))
    return
  }
  // Some vendors report usage on the last chunk with content, or a running count on each. It goes out once, and only
  // to callers who asked for it.
  const report = usageReport({ ...chunk, choices: [] }, usage, dialect)
  chunk.usage = null
  events.push({ type: 'chunk-delta', chunk, hasContent }, report)
}

function usageReport(chunk: ChatChunk, usage: Usage, { readCost }: OpenAiDialect): StreamEvent {
  const cost = readCost ? readCost(asObject(chunk.usage)) : null
  if (cost === null) return { type: 'usage-report', usage, chunk }
  return { type: 'usage-report', usage, chunk, reportedCost: cost }
}

/** @returns whether the choice brings content */
function settleChoice(choice: unknown, dialect: OpenAiDialect): boolean {
  if (!isObject(choice)) throw new UnreadableAnswer('the answer’s choices are no objects')
  if (isBroken(choice)) throw new FailedAnswer(classifyEmbeddedError(choice, dialect))
  settleFinishReason(choice)
  const { delta } = choice
  if (!isObject(delta)) {
    choice['delta'] = {}
    return false
  }
  settleReasoning(delta)
  return hasContent(delta)
}

/** Text, reasoning, a refusal or a tool call: anything but the role that opens a message. */
function hasContent(delta: JsonObject): boolean {
  for (const field in delta) {
    if (field === 'role') continue
    const value = delta[field]
    if (value === null || value === undefined || value === '') continue
    if (!Array.isArray(value) || value.length > 0) return true
  }
  return false
}
