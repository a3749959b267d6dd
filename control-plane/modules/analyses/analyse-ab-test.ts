import { decideAbTest, type AbTestDecision } from '../ab-tests/statistics/decide-ab-test.ts'
import type { MetricEvidence, MetricRole } from '../ab-tests/statistics/decide-evidence.ts'
import { chanceToBeBest } from '../ab-tests/statistics/chance-to-be-best.ts'
import type { AnalysisSettings } from './analysis-settings.ts'
import {
  checkSampleRatios,
  type SampleRatioResult,
  type StageBatch,
  type WeightsByVersion,
} from './check-sample-ratios.ts'
import { compareMetric, estimateMetric, type MetricComparison } from './compare-metric.ts'
import type { MeasuredMetric } from './measured-metrics.ts'
import type { VariantCell } from './variant-cell.ts'

/** All that an analysis looks at. */
export interface AnalysisInput {
  readonly settings: AnalysisSettings
  readonly metrics: readonly MeasuredMetric[]
  readonly baseline: AnalysedVariant
  /** The others. */
  readonly variants: readonly AnalysedVariant[]
  /** Whether chance gave the units their variants. */
  readonly randomized: boolean
  /** Whether weights ever followed what was measured. */
  readonly adaptive: boolean
  readonly batches: readonly StageBatch[]
  readonly weights: WeightsByVersion
  /** The smallest p of earlier looks, by {@link pValueKey}. */
  readonly smallestPValues: ReadonlyMap<string, number>
}

export interface AnalysedVariant {
  readonly id: string
  readonly name: string
  readonly cell: VariantCell
  /** Whether it gets new units. Those that do not are shown, and no longer decided about. */
  readonly isLive: boolean
}

export interface Analysis {
  readonly baselineId: string
  readonly metrics: readonly AnalysedMetric[]
  readonly validity: Validity
  readonly decision: AnalysisDecision
}

export interface AnalysedMetric {
  readonly metric: MeasuredMetric
  /** The baseline's first. */
  readonly variants: readonly AnalysedArm[]
}

export interface AnalysedArm {
  readonly variantId: string
  readonly value: number
  readonly units: number
  readonly standardError: number
  /** Null for quantiles, and while an arm has too little. */
  readonly chanceToBeBest: number | null
  /** Null for the baseline. Its p is the smallest of all looks. */
  readonly comparison: MetricComparison | null
}

export interface Validity {
  readonly sampleRatios: readonly SampleRatioResult[]
  readonly calls: number
  readonly contaminated: number
  readonly units: number
  readonly unitsInTwoVariants: number
  readonly randomized: boolean
  readonly adaptive: boolean
}

/** `unset`: there is no primary metric, or nothing to compare. Variants are named by their ids. */
export type AnalysisDecision =
  | AbTestDecision
  | { readonly state: 'unset'; readonly sentence: string; readonly findings: readonly [] }

/** Under which the smallest p of a comparison is kept: of another baseline it is another question. */
export function pValueKey(baselineId: string, variantId: string, metricId: string): string {
  return `${baselineId} ${variantId} ${metricId}`
}

/** What a test shows, and what is to be made of it. Pure. */
export function analyseAbTest(input: AnalysisInput): Analysis {
  const metrics = input.metrics.map((metric) => analyseMetric(metric, input))
  const validity = checkTest(input)
  return { baselineId: input.baseline.id, metrics, validity, decision: decide(input, metrics, validity) }
}

function analyseMetric(metric: MeasuredMetric, input: AnalysisInput): AnalysedMetric {
  const { settings, baseline, variants, adaptive, smallestPValues } = input
  const all = [baseline, ...variants]
  const chances = chancesOf(metric, all)
  const options = { ...settings, adaptive, arms: all.length }
  return {
    metric,
    variants: all.map(({ id, cell }, place): AnalysedArm => {
      const { value, variance, count } = estimateMetric(metric, cell)
      const arm = {
        variantId: id,
        value: count === 0 ? Number.NaN : value,
        units: count,
        standardError: Math.sqrt(variance / count),
        chanceToBeBest: chances?.[place] ?? null,
      }
      if (place === 0) return { ...arm, comparison: null }
      const compared = compareMetric(metric, { baseline: baseline.cell, variant: cell }, options)
      const before = smallestPValues.get(pValueKey(baseline.id, id, metric.id)) ?? 1
      return { ...arm, comparison: { ...compared, pValue: Math.min(before, compared.pValue) } }
    }),
  }
}

function chancesOf(metric: MeasuredMetric, arms: readonly AnalysedVariant[]): number[] | null {
  if (metric.kind === 'quantile') return null
  const sign = metric.direction === 'higher-is-better' ? 1 : -1
  const beliefs = arms.map(({ cell }) => {
    const { value, variance, count } = estimateMetric(metric, cell)
    return { mean: sign * value, deviation: Math.sqrt(variance / count) }
  })
  const isKnown = beliefs.every(({ mean, deviation }) => Number.isFinite(mean) && deviation > 0 && deviation < Infinity)
  return isKnown ? chanceToBeBest(beliefs) : null
}

function checkTest({ baseline, variants, randomized, adaptive, batches, weights }: AnalysisInput): Validity {
  const cells = [baseline, ...variants].map(({ cell }) => cell)
  const total = (pick: (cell: VariantCell) => number) => cells.reduce((sum, cell) => sum + pick(cell), 0)
  return {
    sampleRatios: randomized ? checkSampleRatios(batches, weights) : [],
    calls: total(({ calls }) => calls),
    contaminated: total(({ contaminated }) => contaminated),
    units: total(({ units }) => units),
    unitsInTwoVariants: total(({ unitsInTwoVariants }) => unitsInTwoVariants),
    randomized,
    adaptive,
  }
}

function decide(input: AnalysisInput, metrics: readonly AnalysedMetric[], validity: Validity): AnalysisDecision {
  const { settings, baseline, variants } = input
  const live = variants.filter(({ isLive }) => isLive)
  const compared = live.length > 0 ? live : variants
  const labels = labelsOf([baseline, ...compared])
  const evidence = metrics.flatMap((metric) => {
    const role = roleOf(metric.metric.id, settings)
    return role === null ? [] : [toEvidence(metric, role, labels)]
  })
  if (compared.length === 0) return unset('There is no variant yet to compare with the production variant.')
  if (!evidence.some(({ role }) => role.type === 'primary'))
    return unset('No primary metric is set: choose what decides.')
  const { calls, contaminated, sampleRatios } = validity
  const decision = decideAbTest(
    {
      production: labels.get(baseline.id) ?? baseline.id,
      metrics: evidence,
      validity: { ...validity, sampleRatios, contaminationRate: calls === 0 ? 0 : contaminated / calls },
    },
    { alpha: settings.alpha },
  )
  return withIds(decision, new Map([...labels].map(([id, label]) => [label, id])))
}

function unset(sentence: string): AnalysisDecision {
  return { state: 'unset', sentence, findings: [] }
}

type ScaledRole = MetricRole & { readonly scale: 'absolute' | 'relative' }

function roleOf(metricId: string, { primaries, guardrails }: AnalysisSettings): ScaledRole | null {
  const primary = primaries.find((each) => each.metricId === metricId)
  if (primary) return { type: 'primary', smallestEffect: primary.smallestEffect, scale: primary.scale }
  const guardrail = guardrails.find((each) => each.metricId === metricId)
  return guardrail ? { type: 'guardrail', margin: guardrail.margin, scale: guardrail.scale } : null
}

function toEvidence(
  { metric, variants }: AnalysedMetric,
  { scale, ...role }: ScaledRole,
  labels: ReadonlyMap<string, string>,
): MetricEvidence {
  const [baseline] = variants
  const { name, direction, unit } = metric
  return {
    name,
    direction,
    scale,
    unit,
    role,
    production: { value: baseline?.value ?? Number.NaN, count: baseline?.units ?? 0 },
    comparisons: variants.flatMap(({ variantId, value, units, comparison }) => {
      const variant = labels.get(variantId)
      if (!comparison || variant === undefined) return []
      const { value: effect, lower, upper } = comparison[scale]
      return [{ variant, value, count: units, effect, lower, upper, pValue: comparison.pValue }]
    }),
  }
}

/** What sentences call variants: their names, told apart by their ids where two have the same. */
function labelsOf(variants: readonly AnalysedVariant[]): ReadonlyMap<string, string> {
  const isShared = (name: string): boolean => variants.filter((each) => each.name === name).length > 1
  return new Map(variants.map(({ id, name }) => [id, isShared(name) ? `${name} (${id})` : name]))
}

function withIds(decision: AbTestDecision, ids: ReadonlyMap<string, string>): AbTestDecision {
  const idOf = (label: string): string => ids.get(label) ?? label
  const findings = decision.findings.map((finding) => ({
    ...finding,
    comparison: { ...finding.comparison, variant: idOf(finding.comparison.variant) },
  }))
  switch (decision.state) {
    case 'winner':
      return { ...decision, winner: idOf(decision.winner), findings }
    case 'guardrail-breach':
      return { ...decision, variants: decision.variants.map(idOf), findings }
    case 'running':
    case 'no-difference-that-matters':
    case 'invalid':
      return { ...decision, findings }
    default:
      return decision satisfies never
  }
}
