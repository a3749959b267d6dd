import type { Answer } from '../../../control-plane/modules/evaluations/evaluators/answer.ts'

/** An answer that ended well, with this text and what else a test is about. */
export function answerOf(text: string, rest: Partial<Answer> = {}): Answer {
  return { text, toolCalls: [], finishReason: 'stop', refusal: null, ...rest }
}
