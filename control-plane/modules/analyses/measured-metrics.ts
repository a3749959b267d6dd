import type { MetricUnit } from '../ab-tests/statistics/decide-evidence.ts'
import { CALL_METRICS, REFUSAL_RATE } from '../../../shared/ab-tests/call-metrics.ts'

/** What an analysis compares variants by. */
export type MeasuredMetric = MetricFacts &
  (
    | { readonly kind: 'mean' }
    /** A sum over another one: what a solved task costs. */
    | { readonly kind: 'ratio' }
    | { readonly kind: 'quantile'; readonly quantile: number }
  )

interface MetricFacts {
  readonly id: string
  readonly name: string
  /** Under which its statistics are kept. */
  readonly key: string
  readonly unit: MetricUnit
  readonly direction: 'higher-is-better' | 'lower-is-better'
  /** Whether every value lies from 0 to 1. */
  readonly bounded: boolean
}

/** A metric whose values are scores. */
export interface ScoredMetric {
  readonly id: string
  readonly name: string
  readonly direction: 'higher' | 'lower'
}

export const COST_PER_1K_TOKENS = 'cost_per_1k_tokens'

/** Of what a task costs that a metric calls solved: the sum of costs of scored calls over the sum of their scores. */
export function costPerSolved(metricId: string): string {
  return `cost_per_solved:${metricId}`
}

/** Quantiles are of the first answered call of each unit: those are independent of each other. */
export const LATENCIES = ['total_latency', 'time_to_first_token'] as const

/** All that a test with these scored metrics is compared by, those of every call first. */
export function measuredMetrics(scored: readonly ScoredMetric[]): MeasuredMetric[] {
  return [...OF_EVERY_CALL, ...scored.flatMap(ofScores)]
}

const QUANTILES = [0.5, 0.95, 0.99]
const NAMES: Readonly<Record<string, string>> = {
  total_latency: 'latency',
  time_to_first_token: 'time to the first token',
  tokens_per_second: 'tokens per second',
  cost: 'cost of a call',
  input_tokens: 'input tokens',
  output_tokens: 'output tokens',
  error_rate: 'error rate',
  truncation_rate: 'truncation rate',
  refusal_rate: 'refusal rate',
}
const UNITS: Readonly<Record<string, MetricUnit>> = { ms: 'milliseconds', USD: 'usd', share: 'share' }

const MEANS: readonly MeasuredMetric[] = [...CALL_METRICS, REFUSAL_RATE].map(({ id, unit, higherIsBetter }) => ({
  id,
  name: NAMES[id] ?? id,
  key: id,
  kind: 'mean',
  unit: UNITS[unit] ?? 'number',
  direction: higherIsBetter ? 'higher-is-better' : 'lower-is-better',
  bounded: unit === 'share',
}))

const OF_EVERY_CALL: readonly MeasuredMetric[] = [
  ...MEANS,
  ...LATENCIES.flatMap((key) => QUANTILES.map((quantile) => latencyQuantile(key, quantile))),
  ratio({ id: COST_PER_1K_TOKENS, name: 'cost per 1,000 tokens' }),
]

function latencyQuantile(key: (typeof LATENCIES)[number], quantile: number): MeasuredMetric {
  const percent = `p${Math.round(quantile * 100)}`
  const facts = { unit: 'milliseconds', direction: 'lower-is-better', bounded: false } as const
  return { id: `${key}:${percent}`, name: `${percent} ${NAMES[key]}`, key, kind: 'quantile', quantile, ...facts }
}

function ratio({ id, name }: { readonly id: string; readonly name: string }): MeasuredMetric {
  return { id, name, key: id, kind: 'ratio', unit: 'usd', direction: 'lower-is-better', bounded: false }
}

function ofScores({ id, name, direction }: ScoredMetric): MeasuredMetric[] {
  const better = direction === 'higher' ? 'higher-is-better' : 'lower-is-better'
  const scores = { id, name, key: id, kind: 'mean', unit: 'number', direction: better, bounded: false } as const
  if (direction === 'lower') return [scores]
  return [scores, ratio({ id: costPerSolved(id), name: `cost per solved task (${name})` })]
}
