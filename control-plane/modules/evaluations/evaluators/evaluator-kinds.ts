import type { SettingFault } from '../../../../shared/ab-tests/setting-fault.ts'
import type { Answer } from './answer.ts'
import { ASKING_KINDS } from './kinds/asking-kinds.ts'
import type { EvaluatorKind, PreparedEvaluator } from './kinds/define-kind.ts'
import { FLAG_KINDS } from './kinds/flag-kinds.ts'
import { STRUCTURE_KINDS } from './kinds/structure-kinds.ts'
import { TEXT_KINDS } from './kinds/text-kinds.ts'
import { type Score, unscored } from './score.ts'

/**
 * Every kind of evaluator. Kinds work within bounds: texts of 100,000 characters where the work grows with their length,
 * of 20,000 where it grows with the product of two (Levenshtein, ROUGE-L), of 50,000 for judges; what is longer is not
 * judged. A kind's file has the bounds of what is not text.
 */
export const EVALUATOR_KINDS = {
  ...TEXT_KINDS,
  ...STRUCTURE_KINDS,
  ...FLAG_KINDS,
  ...ASKING_KINDS,
} as const satisfies Record<string, EvaluatorKind>

export type EvaluatorKindName = keyof typeof EVALUATOR_KINDS

export function isEvaluatorKind(kind: string): kind is EvaluatorKindName {
  return Object.hasOwn(EVALUATOR_KINDS, kind)
}

/**
 * What is wrong with an evaluator's settings, each fault with the path of its field; empty: nothing. Messages are the end
 * of a sentence that begins with the path.
 */
export function checkEvaluatorSettings(kind: string, settings: unknown): readonly SettingFault[] {
  const prepared = prepareEvaluator(kind, settings)
  return prepared.type === 'ready' ? [] : prepared.faults
}

/** Checks settings and compiles what they hold, once for any number of answers. */
export function prepareEvaluator(kind: string, settings: unknown): PreparedEvaluator {
  if (isEvaluatorKind(kind)) return EVALUATOR_KINDS[kind].prepare(settings)
  return { type: 'invalid', faults: [{ path: 'kind', message: 'is not a kind of evaluator' }] }
}

export interface Evaluator {
  readonly kind: string
  readonly settings: unknown
}

/**
 * Scores one answer. Whoever scores many by the same evaluator prepares it once.
 *
 * @param expected null: there is none
 * @returns null with the reason where the answer cannot be judged, also where the settings are not valid
 */
export function evaluate({ kind, settings }: Evaluator, answer: Answer, expected: string | null): Score {
  const prepared = prepareEvaluator(kind, settings)
  if (prepared.type === 'ready') return prepared.evaluate(answer, expected)
  const [fault] = prepared.faults
  return unscored(`The evaluator's settings are not valid: ${fault?.path ?? ''} ${fault?.message ?? ''}.`)
}
