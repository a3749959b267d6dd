import type { AnalysedArm, AnalysedMetric, AnalysisDecision, Validity } from './analyse-ab-test.ts'
import type {
  AnalysedMetricType,
  AnalysedVariantType,
  AnalysisActionType,
  AnalysisEffectType,
  AnalysisPointType,
  AnalysisSettingsType,
  AnalysisType,
} from './analyses.types.ts'
import type { AnalysisSettingsInput } from './analyses.inputs.ts'
import type { AnalysisAction } from './analysis-documents.ts'
import { finiteOrNull } from './analysis-points.ts'
import type { AnalysisSettings } from './analysis-settings.ts'
import type { TimedPoint } from './analyses.read-model.ts'
import type { AnalysisDecisionType, AnalysisValidityType } from './decision-types.ts'
import type { CurrentAnalysis } from './read-analysis.ts'

/** What GraphQL shows of an analysis. Numbers without an end are null. */
export function toAnalysisType(
  abTestId: string,
  { settings, arms, analysis, earlier }: CurrentAnalysis,
  actions: readonly AnalysisAction[],
): AnalysisType {
  const names = new Map(arms.map(({ id, name }) => [id, name]))
  return {
    abTestId,
    settings: toSettingsType(settings),
    baselineId: analysis?.baselineId ?? null,
    metrics: analysis?.metrics.map((metric) => toMetricType(metric, settings, names)) ?? [],
    validity: analysis && toValidityType(analysis.validity),
    decision: analysis ? toDecisionType(analysis.decision) : NOTHING_TO_COMPARE,
    actions: actions.map(toActionType),
    analysedAt: earlier && new Date(earlier.analysedAt),
  }
}

export function toActionType({ _id, type, variantIds, reason, ...times }: AnalysisAction): AnalysisActionType {
  const { at, rolledBackAt, rolledBackBy } = times
  return {
    id: _id,
    type,
    variantIds: [...variantIds],
    reason,
    at: new Date(at),
    rolledBackAt: rolledBackAt === null ? null : new Date(rolledBackAt),
    rolledBackBy,
  }
}

export function toPointType({
  at,
  variantId,
  baselineId,
  units,
  absolute,
  relative,
  pValue,
}: TimedPoint): AnalysisPointType {
  return { at: new Date(at), variantId, baselineId, units, absolute, relative, pValue }
}

export function toSettingsType({ primaries, guardrails, adaptive, ...fields }: AnalysisSettings): AnalysisSettingsType {
  const { alpha, tightestAt, adjustForPromptLength, autoPause, autoPromote } = fields
  return {
    primaries: primaries.map(({ metricId, smallestEffect, scale }) => ({ metricId, smallestEffect, scale })),
    guardrails: guardrails.map(({ metricId, margin, scale }) => ({ metricId, margin, scale })),
    alpha,
    tightestAt,
    adjustForPromptLength,
    adaptive: toWord(adaptive),
    autoPause,
    autoPromote,
  }
}

/** What is left out or null is left out. */
export function readSettings({ adaptive, ...input }: AnalysisSettingsInput): Partial<AnalysisSettings> {
  const given = Object.entries(input).filter(([, value]) => value !== undefined && value !== null)
  const mode = adaptive ? { adaptive: MODES[adaptive] } : {}
  return { ...Object.fromEntries(given), ...mode }
}

const MODES = { none: 'none', track_and_stop: 'track-and-stop', top_two: 'top-two' } as const

const NOTHING_TO_COMPARE: AnalysisDecisionType = {
  state: 'unset',
  sentence: 'No unit has had a variant of this test yet.',
  winnerId: null,
  breachingIds: [],
  findings: [],
}

function toMetricType(
  { metric, variants }: AnalysedMetric,
  { primaries, guardrails }: AnalysisSettings,
  names: ReadonlyMap<string, string>,
): AnalysedMetricType {
  const isPrimary = primaries.some(({ metricId }) => metricId === metric.id)
  const isGuardrail = guardrails.some(({ metricId }) => metricId === metric.id)
  return {
    metricId: metric.id,
    name: metric.name,
    role: isPrimary ? 'primary' : isGuardrail ? 'guardrail' : 'other',
    unit: metric.unit,
    higherIsBetter: metric.direction === 'higher-is-better',
    variants: variants.map((arm) => toVariantType(arm, names)),
  }
}

function toVariantType(arm: AnalysedArm, names: ReadonlyMap<string, string>): AnalysedVariantType {
  const { variantId, units, comparison, chanceToBeBest } = arm
  return {
    variantId,
    name: names.get(variantId) ?? variantId,
    units,
    value: finiteOrNull(arm.value),
    standardError: finiteOrNull(arm.standardError),
    chanceToBeBest,
    comparison: comparison && {
      absolute: toEffectType(comparison.absolute),
      relative: toEffectType(comparison.relative),
      pValue: comparison.pValue,
      chanceToWin: comparison.chanceToWin,
    },
    warnings: [...(comparison?.warnings ?? [])],
  }
}

function toEffectType({ value, lower, upper }: { value: number; lower: number; upper: number }): AnalysisEffectType {
  return { value: finiteOrNull(value), lower: finiteOrNull(lower), upper: finiteOrNull(upper) }
}

function toValidityType({ sampleRatios, contaminated, ...facts }: Validity): AnalysisValidityType {
  const { calls, units, unitsInTwoVariants, randomized, adaptive } = facts
  return {
    sampleRatios: sampleRatios.map(({ stage, pValue, chiSquarePValue, variants }) => ({
      stage,
      pValue,
      chiSquarePValue,
      variants: variants.map((each) => ({ ...each })),
    })),
    calls,
    contaminatedCalls: contaminated,
    units,
    unitsInTwoVariants,
    randomized,
    adaptive,
  }
}

function toDecisionType(decision: AnalysisDecision): AnalysisDecisionType {
  return {
    state: toWord(decision.state),
    sentence: decision.sentence,
    winnerId: decision.state === 'winner' ? decision.winner : null,
    breachingIds: decision.state === 'guardrail-breach' ? [...decision.variants] : [],
    findings: decision.findings.map(({ metric, comparison, verdict, adjustedPValue }) => ({
      metric: metric.name,
      variantId: comparison.variant,
      verdict: toWord(verdict),
      adjustedPValue,
    })),
  }
}

/** As an enum of GraphQL has it. */
function toWord(text: string): string {
  return text.replaceAll('-', '_')
}
