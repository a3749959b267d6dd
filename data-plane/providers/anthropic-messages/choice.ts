import type { FinishReason } from '../../../shared/llm/finish-reason.ts'
import { asObject, asText, type JsonObject } from '../vendor-json.ts'

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const FINISH_REASONS = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
])

/** How an answer ended: fields of the choice beside the message. */
export interface Ending {
  readonly finish_reason: FinishReason
  readonly [field: string]: unknown
}

/**
 * Why the vendor stopped, in OpenAI's words. A word that OpenAI has none for (`pause_turn`, and those to come) is `stop`
 * with the vendor's own beside it.
 *
 * @param stopped the message, or the last delta of a stream
 */
export function describeEnding(stopped: JsonObject): Ending {
  const word = asText(stopped['stop_reason'])
  const known = FINISH_REASONS.get(word)
  const { stop_sequence: stopSequence, stop_details: stopDetails } = stopped
  return {
    finish_reason: known ?? 'stop',
    ...(known === undefined && word !== '' ? { native_finish_reason: word } : {}),
    ...(typeof stopSequence === 'string' ? { stop_sequence: stopSequence } : {}),
    ...(stopDetails ? { stop_details: stopDetails } : {}),
  }
}

/** Why the vendor would not answer, if it says so; empty otherwise. */
export function refusalOf(stopped: JsonObject): string {
  return asText(asObject(stopped['stop_details'])['explanation'])
}

/** The vendor calls the usual tier `standard`, OpenAI `default`. */
export function describeTier(usage: unknown): JsonObject {
  const tier = asText(asObject(usage)['service_tier'])
  return tier === '' ? {} : { service_tier: tier === 'standard' ? 'default' : tier }
}
