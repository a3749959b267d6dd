import type { ValueSummary, VariantSummary } from '../../database/variant-summary.ts'
import { CALL_METRICS, REFUSAL_RATE, type CallMetric } from '../../../shared/ab-tests/call-metrics.ts'
import type { AbTest } from './ab-test-documents.ts'
import { compareVariants, type ComparedVariant } from './compare-variants.ts'

/** In ms since the epoch: calls that began from `from` up to and without `to`. */
export interface ComparisonWindow {
  readonly from: number
  readonly to: number
}

/** What other domains measured, by variant. */
export interface MeasuredValues {
  /** Of every metric in CALL_METRICS. */
  callsOf(workspaceId: string, abTestId: string, window: ComparisonWindow): Promise<readonly VariantSummary[]>
  /** Scores of one metric; none: nothing is scored by it. */
  scoresOf(request: ScoresRequest): Promise<readonly VariantScores[]>
}

export interface VariantScores extends ValueSummary {
  readonly variantId: string
}

export interface ScoresRequest {
  readonly workspaceId: string
  readonly abTestId: string
  readonly metricId: string
  readonly window: ComparisonWindow
}

export interface VariantComparison {
  readonly window: ComparisonWindow
  readonly productionVariantId: string | null
  readonly variants: readonly ComparedVariant[]
}

interface ComparisonRequest {
  /** Ids of call metrics, of `refusal_rate`, or of the test's own metrics. */
  readonly metrics: readonly string[]
  readonly window: ComparisonWindow
}

/** The metrics that every test has. */
export const BUILT_IN_METRICS: readonly CallMetric[] = [...CALL_METRICS, REFUSAL_RATE]

/** What was measured of each variant of a test in a window of time, beside its production variant. */
export async function readComparison(
  measured: MeasuredValues,
  abTest: AbTest,
  { metrics, window }: ComparisonRequest,
): Promise<VariantComparison> {
  const { _id: abTestId, workspaceId, productionVariantId } = abTest
  const scored = metrics.filter((metric) => !CALL_METRICS.some(({ id }) => id === metric))
  const [calls, ...scores] = await Promise.all([
    measured.callsOf(workspaceId, abTestId, window),
    ...scored.map(async (metricId) => {
      const ofVariants = await measured.scoresOf({ workspaceId, abTestId, metricId, window })
      return ofVariants.map(({ variantId, ...value }) => ({ variantId, metricId, value }))
    }),
  ])
  const variants = compareVariants(mergeSummaries(calls, scores.flat()), { metrics, productionVariantId })
  return { window, productionVariantId, variants: variants.toSorted(byId) }
}

interface MetricScores {
  readonly variantId: string
  readonly metricId: string
  readonly value: ValueSummary
}

/** Scores beside the calls of their variant. */
function mergeSummaries(calls: readonly VariantSummary[], scores: readonly MetricScores[]): VariantSummary[] {
  const merged = new Map(calls.map((summary) => [summary.variantId, summary]))
  for (const { variantId, metricId, value } of scores) {
    const before = merged.get(variantId) ?? { variantId, calls: 0, units: 0, values: {} }
    merged.set(variantId, { ...before, values: { ...before.values, [metricId]: value } })
  }
  return [...merged.values()]
}

function byId(left: ComparedVariant, right: ComparedVariant): number {
  return left.variantId < right.variantId ? -1 : 1
}
