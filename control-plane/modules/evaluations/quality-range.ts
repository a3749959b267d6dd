import { customSettings } from './custom-settings.ts'
import { EVALUATOR_KINDS, isEvaluatorKind } from './evaluators/evaluator-kinds.ts'
import { manualSettings } from './evaluators/kinds/asking-kinds.ts'
import type { ScoreRange } from './evaluators/kinds/define-kind.ts'
import { FLAG_KINDS } from './evaluators/kinds/flag-kinds.ts'

/** What of a metric says its range. */
export interface RangedMetric {
  readonly kind: string
  readonly settings: Readonly<Record<string, unknown>>
}

/**
 * Between which values a metric tells good answers from bad ones. Judges, persons, references and forms do. Refusals,
 * cut answers and empty ones do not: a refusal may be right, and where an answer is cut the caller drew the line.
 * Callers' own values do where their range is said.
 *
 * @returns null: it is no measure of quality, or its range is not known
 */
export function qualityRange({ kind, settings }: RangedMetric): ScoreRange | null {
  if (kind === 'custom') return readRange(customSettings.safeParse(settings).data)
  if (kind === 'manual') return readRange(manualSettings.safeParse(settings).data)
  if (!isEvaluatorKind(kind) || Object.hasOwn(FLAG_KINDS, kind)) return null
  return EVALUATOR_KINDS[kind].range
}

function readRange(read: Partial<ScoreRange> | undefined): ScoreRange | null {
  const { lowest, highest } = read ?? {}
  return lowest === undefined || highest === undefined ? null : { lowest, highest }
}
