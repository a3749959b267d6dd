import type { Analysis } from './analyse-ab-test.ts'
import type { AnalysisPoint } from './analysis-documents.ts'
import type { Effect } from './compare-metric.ts'

/** One metric of one variant beside the baseline, as it was at a time. Null: nothing was certain. */
export interface PointValue {
  readonly metricId: string
  readonly variantId: string
  readonly baselineId: string
  readonly units: number
  readonly absolute: PlottedEffect
  readonly relative: PlottedEffect
  readonly pValue: number
}

export interface PlottedEffect {
  readonly value: number | null
  readonly lower: number | null
  readonly upper: number | null
}

/** One point is kept in each. */
export const POINT_SLOT_MS = 5 * 60_000
const KEPT_MS = 90 * 86_400_000

export function toPoint(
  { baselineId, metrics, decision }: Analysis,
  at: number,
): Pick<AnalysisPoint, 'at' | 'decision' | 'values' | 'expiresAt'> {
  const values = metrics.flatMap(({ metric, variants }) =>
    variants.flatMap(({ variantId, units, comparison }): PointValue[] => {
      if (!comparison || units === 0) return []
      const { pValue } = comparison
      const [absolute, relative] = [plotted(comparison.absolute), plotted(comparison.relative)]
      return [{ metricId: metric.id, variantId, baselineId, units, absolute, relative, pValue }]
    }),
  )
  return { at, decision: decision.state, values: JSON.stringify(values), expiresAt: new Date(at + KEPT_MS) }
}

export function readPointValues({ values }: AnalysisPoint): readonly PointValue[] {
  return JSON.parse(values)
}

/** What is not a number of this world is null. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function plotted({ value, lower, upper }: Effect): PlottedEffect {
  return { value: finiteOrNull(value), lower: finiteOrNull(lower), upper: finiteOrNull(upper) }
}
