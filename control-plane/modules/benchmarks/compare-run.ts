import tQuantile from '@stdlib/stats-base-dists-t-quantile'
import type { BenchmarkRun, CellResult } from './benchmark-documents.ts'
import { pairResults, type PairedDifference } from './pair-results.ts'

/** What a comparison needs of a result. */
export type MeasuredResult = Pick<CellResult, 'promptId' | 'variantId' | 'scores' | CallMeasure>

/** What every call has, whatever the metrics. */
export const CALL_MEASURES = [
  'costNanodollars',
  'chargeNanodollars',
  'latencyMs',
  'timeToFirstTokenMs',
  'inputTokens',
  'outputTokens',
] as const
type CallMeasure = (typeof CALL_MEASURES)[number]

export interface RunComparison {
  readonly measures: readonly MeasureComparison[]
}

export interface MeasureComparison {
  /** One of CALL_MEASURES, or a metric's id. */
  readonly measure: string
  readonly variants: readonly VariantMeasure[]
}

export interface VariantMeasure {
  readonly variantId: string
  /** Answers with a value. */
  readonly count: number
  /** Null: there is no value. */
  readonly mean: number | null
  /** Prompt by prompt; null of the baseline, and where the run has none. */
  readonly difference: (PairedDifference & { readonly interval: Interval | null }) | null
}

/** Where the mean difference lies with 95 % confidence. */
export interface Interval {
  readonly lower: number
  readonly upper: number
}

/**
 * Compares the variants of a run by everything that was measured.
 *
 * @param results of answered cells, by rising promptId
 */
export async function compareRun(
  { variantIds, baselineVariantId, metricIds }: Pick<BenchmarkRun, 'variantIds' | 'baselineVariantId' | 'metricIds'>,
  results: readonly MeasuredResult[],
): Promise<RunComparison> {
  const measures = [
    ...CALL_MEASURES.map((measure) => ({ measure, valueOf: (result: MeasuredResult) => result[measure] })),
    ...metricIds.map((measure) => ({ measure, valueOf: (result: MeasuredResult) => scoreOf(result, measure) })),
  ]
  const others = variantIds.filter((id) => id !== baselineVariantId)
  const compared = measures.map(async ({ measure, valueOf }): Promise<MeasureComparison> => {
    const rows = results.map((result) => ({ ...result, value: valueOf(result) }))
    const pairing = baselineVariantId === null ? null : { baselineId: baselineVariantId, variantIds: others }
    const differences = pairing && (await pairResults(rows, pairing))
    const variants = variantIds.map((variantId) => ({
      variantId,
      ...meanOf(rows.filter((row) => row.variantId === variantId).map(({ value }) => value)),
      difference: withInterval(differences?.get(variantId)),
    }))
    return { measure, variants }
  })
  return { measures: await Promise.all(compared) }
}

function scoreOf({ scores }: MeasuredResult, metricId: string): number | null {
  return scores.find((score) => score.metricId === metricId)?.value ?? null
}

function meanOf(values: readonly (number | null)[]): { count: number; mean: number | null } {
  const known = values.filter((value) => value !== null)
  const count = known.length
  return { count, mean: count === 0 ? null : known.reduce((sum, value) => sum + value, 0) / count }
}

/** By Student's t with pairs − 1 degrees of freedom: prompts are what the run drew. */
function withInterval(difference: PairedDifference | undefined): VariantMeasure['difference'] {
  if (!difference) return null
  const { mean, standardError, pairs } = difference
  if (mean === null || standardError === null) return { ...difference, interval: null }
  const reach = tQuantile(0.975, pairs - 1) * standardError
  return { ...difference, interval: { lower: mean - reach, upper: mean + reach } }
}
