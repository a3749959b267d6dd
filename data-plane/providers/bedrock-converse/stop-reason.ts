import type { FinishReason } from '../../../shared/llm/finish-reason.ts'

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax */
const FINISH_REASONS: ReadonlyMap<unknown, FinishReason> = new Map<unknown, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
])

interface ChoiceEnd {
  readonly finish_reason: FinishReason
  /** The vendor's word, where OpenAI has none for it: `malformed_tool_use`, and whatever comes later. */
  readonly native_finish_reason?: string
}

/** Why the model stopped, as a choice says it. */
export function readStopReason(word: unknown): ChoiceEnd {
  const known = FINISH_REASONS.get(word)
  if (known !== undefined) return { finish_reason: known }
  return { finish_reason: 'stop', ...(typeof word === 'string' ? { native_finish_reason: word } : {}) }
}
