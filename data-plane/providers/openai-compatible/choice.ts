import { asFinishReason, type FinishReason } from '../../../shared/llm/finish-reason.ts'
import type { JsonObject } from '../vendor-json.ts'

/** Words of other vendors that gateways let through. Any other word is a `stop`. */
const FOREIGN_REASONS: ReadonlyMap<unknown, FinishReason> = new Map<unknown, FinishReason>([
  ['max_tokens', 'length'],
  ['MAX_TOKENS', 'length'],
  ['model_length', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
  ['SAFETY', 'content_filter'],
])

/**
 * Writes a finish reason that is none of OpenAI's over by one that is, and keeps the vendor's own as
 * `native_finish_reason`, as OpenRouter does (https://openrouter.ai/docs/api/reference/overview#finish-reason). One of
 * OpenAI's is left as it came. Some servers write an empty word where OpenAI writes null.
 */
export function settleFinishReason(choice: JsonObject): void {
  const word = choice['finish_reason']
  if (word === null || word === undefined || asFinishReason(word) !== null) return
  choice['finish_reason'] = word === '' ? null : (FOREIGN_REASONS.get(word) ?? 'stop')
  if (word !== '') choice['native_finish_reason'] ??= word
}

/** How a choice says that it broke off: OpenRouter's `error`, in the place of a reason or beside it. */
export function isBroken(choice: JsonObject): boolean {
  const error = choice['error']
  return choice['finish_reason'] === 'error' || (typeof error === 'object' && error !== null)
}

/**
 * Makes sure that reasoning is where callers of every vendor find it: OpenRouter, vLLM and Groq write `reasoning`,
 * DeepSeek and others `reasoning_content`. The vendor's own field stays, so that the message can be sent back.
 */
export function settleReasoning(message: JsonObject): void {
  const { reasoning } = message
  if (typeof reasoning !== 'string' || reasoning === '') return
  message['reasoning_content'] ??= reasoning
}
