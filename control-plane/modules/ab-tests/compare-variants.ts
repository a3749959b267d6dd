import type { ValueSummary, VariantSummary } from '../../database/variant-summary.ts'
import { rhoTightestAt } from './statistics/asymptotic-sequence.ts'
import { relativeDifference } from './statistics/difference.ts'
import { differenceSequence } from './statistics/difference-sequence.ts'
import type { ArmEstimate } from './statistics/estimators.ts'

/** The chance that an interval ever misses, however often the comparison is looked at. */
export const COMPARISON_ALPHA = 0.05
/** Units of both variants at which intervals are to be tightest. */
const PLANNED_UNITS = 2_000

/** All in the metric's own unit. Null: too few calls to say. */
export interface MetricComparison {
  readonly metric: string
  /** Calls with a value. */
  readonly count: number
  readonly units: number
  readonly mean: number | null
  /** Of the mean; by units, whose calls are not independent. */
  readonly standardError: number | null
  readonly p50: number | null
  readonly p95: number | null
  /** Null: this is the production variant, or there is none with values. */
  readonly difference: DifferenceToProduction | null
}

export interface DifferenceToProduction {
  readonly value: number
  /** 0.05: 5 % more than production. */
  readonly relative: number | null
  /** Valid however often it is looked at. */
  readonly lower: number | null
  readonly upper: number | null
}

export interface ComparedVariant {
  readonly variantId: string
  readonly calls: number
  readonly units: number
  readonly metrics: readonly MetricComparison[]
}

/**
 * Compares what was measured of each variant with the production variant.
 *
 * @param summaries one of each variant, with a value of each of `metrics`, or none of it
 */
export function compareVariants(
  summaries: readonly VariantSummary[],
  {
    metrics,
    productionVariantId,
  }: { readonly metrics: readonly string[]; readonly productionVariantId: string | null },
): ComparedVariant[] {
  const production = summaries.find(({ variantId }) => variantId === productionVariantId)
  return summaries.map(({ variantId, calls, units, values }) => ({
    variantId,
    calls,
    units,
    metrics: metrics.map((metric) => {
      const control = variantId === productionVariantId ? undefined : production
      return compareMetric(metric, valueOf(values, metric) ?? NO_VALUES, control && valueOf(control.values, metric))
    }),
  }))
}

const NO_VALUES: ValueSummary = {
  count: 0,
  units: 0,
  mean: null,
  standardError: null,
  quantiles: { p50: null, p95: null },
}

/** Callers name the metrics: `constructor` is none. */
function valueOf(values: VariantSummary['values'], metric: string): ValueSummary | undefined {
  return Object.hasOwn(values, metric) ? values[metric] : undefined
}

function compareMetric(metric: string, values: ValueSummary, control: ValueSummary | undefined): MetricComparison {
  const { count, units, mean, standardError, quantiles } = values
  return {
    metric,
    count,
    units,
    mean,
    standardError,
    p50: quantiles.p50,
    p95: quantiles.p95,
    difference: control ? differenceOf(estimateOf(control), estimateOf(values)) : null,
  }
}

function differenceOf(control: ArmEstimate | null, treatment: ArmEstimate | null): DifferenceToProduction | null {
  if (!control || !treatment) return null
  const rho = rhoTightestAt(PLANNED_UNITS, COMPARISON_ALPHA)
  const arms = { control, treatment, scale: 'absolute', bounded: null } as const
  const { lower, upper } = differenceSequence(arms, { alpha: COMPARISON_ALPHA, rho })
  return {
    value: treatment.value - control.value,
    relative: finiteOrNull(relativeDifference(control, treatment).value),
    lower: finiteOrNull(lower),
    upper: finiteOrNull(upper),
  }
}

/** What one unit adds to the variance; null: there is no value. */
function estimateOf({ mean, units, standardError }: ValueSummary): ArmEstimate | null {
  if (mean === null) return null
  return { value: mean, variance: standardError === null ? Number.NaN : standardError ** 2 * units, count: units }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
