import type { FinishReason } from '../../../shared/llm/finish-reason.ts'

/** Google's words: https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#FinishReason */
const REASONS = new Map<string, FinishReason>([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  // The limit of one request; the choice's `continuationToken`, sent back, continues.
  ['CONTINUATION', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['MODEL_ARMOR', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
])

/** Where OpenAI's word says all that Google's does. */
const SAID_FULLY = new Set(['STOP', 'MAX_TOKENS', 'SAFETY'])

interface Finish {
  readonly finish_reason: FinishReason
  readonly native_finish_reason?: string
}

/**
 * Why a candidate stopped. Google has no word for calling functions. What is no end in OpenAI's words is `stop`: a call
 * the model got wrong (`MALFORMED_FUNCTION_CALL`), a language it does not speak, and every word yet to come. Google's
 * own word is kept beside wherever OpenAI's says less.
 *
 * @returns null while the candidate has not stopped
 */
export function readFinish(word: unknown, hasCalls: boolean): Finish | null {
  if (typeof word !== 'string' || word === '') return null
  if (word === 'STOP' && hasCalls) return { finish_reason: 'tool_calls' }
  const reason = REASONS.get(word) ?? 'stop'
  return SAID_FULLY.has(word) ? { finish_reason: reason } : { finish_reason: reason, native_finish_reason: word }
}
