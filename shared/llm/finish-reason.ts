/** Why a model stopped, in OpenAI's words. Adapters map their vendor's words to these. */
export const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call'] as const
export type FinishReason = (typeof FINISH_REASONS)[number]

/** The reason if it is one of OpenAI's, else null: a word we do not know is not guessed at. */
export function asFinishReason(word: unknown): FinishReason | null {
  return FINISH_REASONS.find((reason) => reason === word) ?? null
}
