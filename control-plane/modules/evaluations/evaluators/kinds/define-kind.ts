import type { z } from 'zod'
import type { SettingFault } from '../../../../../shared/ab-tests/setting-fault.ts'
import type { Answer } from '../answer.ts'
import { type Score, unscored } from '../score.ts'
import { describeIssue, faultsOf } from './setting-faults.ts'

/**
 * What an evaluator has to be given besides the answer. `schema` and `pattern` stand in its settings; `embedding` and
 * `judge` are models to ask; `other-answers` are those of the other variants; `person` is somebody who looks.
 */
export type EvaluatorNeed =
  | 'expected-output'
  | 'schema'
  | 'pattern'
  | 'embedding'
  | 'judge'
  | 'other-answers'
  | 'person'

/** `share`: 0 to 1; `flag`: 0 or 1, and its mean a rate; `points`: 0 to 100; `grade`: by its own scale. */
export type ScoreUnit = 'share' | 'flag' | 'points' | 'grade'

export interface ScoreRange {
  readonly lowest: number
  readonly highest: number
}

/** Scores one answer; made once from settings, then used for any number of answers. It never throws. */
export type Evaluate = (answer: Answer, expected: string | null) => Score

export type PreparedEvaluator =
  | { readonly type: 'ready'; readonly evaluate: Evaluate }
  | { readonly type: 'invalid'; readonly faults: readonly SettingFault[] }

export interface EvaluatorKind {
  /** For people. */
  readonly name: string
  /** Empty: the answer is enough. */
  readonly needs: readonly EvaluatorNeed[]
  /** Which scores are the better ones unless a metric says otherwise. */
  readonly direction: 'higher' | 'lower'
  readonly unit: ScoreUnit
  /** Of manual scores by default; their settings may say otherwise. */
  readonly range: ScoreRange
  /** Characters (UTF-16 code units) of the answer and of the expected output; longer ones are not judged. */
  readonly longestText: number
  /** Of the settings as they are stored; what it gives has defaults filled in and expressions compiled. */
  readonly settings: z.ZodType
  /** Checks the settings and compiles what they hold. */
  readonly prepare: (settings: unknown) => PreparedEvaluator
}

interface Definition<Settings extends z.ZodType> extends Omit<EvaluatorKind, 'prepare' | 'settings'> {
  readonly settings: Settings
  /** @returns what scores texts within bounds; `expected` is empty for kinds that do not need it */
  readonly create: (settings: z.output<Settings>) => (answer: Answer, expected: string) => Score
}

export function defineKind<Settings extends z.ZodType>(definition: Definition<Settings>): EvaluatorKind {
  const { create, ...kind } = definition
  return {
    ...kind,
    prepare(settings) {
      const read = definition.settings.safeParse(settings, { error: describeIssue })
      if (!read.success) return { type: 'invalid', faults: faultsOf(read.error.issues) }
      const score = create(read.data)
      return {
        type: 'ready',
        evaluate: (answer, expected) => guard(kind, answer, expected) ?? score(answer, expected ?? ''),
      }
    },
  }
}

/** Why an answer is not judged at all; null: it is. */
function guard(kind: Omit<EvaluatorKind, 'prepare'>, answer: Answer, expected: string | null): Score | null {
  const needsExpected = kind.needs.includes('expected-output')
  if (needsExpected && expected === null) return unscored('There is no expected output to compare with.')
  if (answer.text.length > kind.longestText) {
    return unscored(`The answer is longer than ${kind.longestText} characters.`)
  }
  if (needsExpected && expected !== null && expected.length > kind.longestText) {
    return unscored(`The expected output is longer than ${kind.longestText} characters.`)
  }
  return null
}
