import type { PromptCounts } from './routing-prompt.ts'
import type { TaskClass } from './routing-vocabulary.ts'

/** What is known of a request beside its words. */
export interface TaskFacts {
  readonly hasImages: boolean
  readonly inputTokens: number
  /** The most the answer may have; null: not said. */
  readonly maxOutputTokens: number | null
}

/**
 * From here on what a model makes of a long text matters most: on RULER (https://arxiv.org/abs/2404.06654) half of the
 * models that claim at least as much no longer answer well at 32,000 tokens.
 */
const LONG_CONTEXT_TOKENS = 32_000
/** An answer this short is a label or a field, not an essay. */
const SHORT_ANSWER_TOKENS = 64
/** Plain work on a text is asked for in few words; beyond this much the words are more likely those of the text. */
const PLAIN_TASK_TOKENS = 8_000

/**
 * Guesses what kind of work a prompt is, by what it contains. Where nothing speaks clearly it is `general`, and the
 * model is then chosen for what it does on the whole.
 */
export function classifyTask(counts: PromptCounts, facts: TaskFacts): TaskClass {
  if (facts.hasImages) return 'vision'
  if (facts.inputTokens > LONG_CONTEXT_TOKENS) return 'long-context'
  if (codingEvidence(counts) >= CLEAR) return 'coding'
  if (facts.inputTokens <= PLAIN_TASK_TOKENS && bulkEvidence(counts, facts) >= CLEAR) return 'cheap-bulk'
  return 'general'
}

/** Evidence of three: a fence; a language and one word of the trade; three such words; lines that look like code. */
const CLEAR = 3

function codingEvidence({ codeFences, codeLines, operators, characters, kinds }: PromptCounts): number {
  // Verse ends its lines like code, but has no brackets.
  const lines = operators > OPERATORS_IN_CODE * characters ? Math.min(codeLines, 3) : 0
  return 3 * codeFences + 2 * lines + 2 * kinds.language + Math.min(kinds.programming, 3)
}

const OPERATORS_IN_CODE = 0.02

function bulkEvidence({ kinds, words }: PromptCounts, { maxOutputTokens }: TaskFacts): number {
  if (kinds.reasoning > 0) return 0
  const isShortAnswer = maxOutputTokens !== null && maxOutputTokens <= SHORT_ANSWER_TOKENS
  // One such word in a short prompt is the task itself; in a long one it may only be spoken of.
  const asksPlainly = kinds.bulk > 0 && words <= 400
  return (asksPlainly ? 2 : 0) + Math.min(kinds.bulk, 2) + (isShortAnswer ? 2 : 0)
}
