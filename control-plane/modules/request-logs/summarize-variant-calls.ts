import { summarizeVariants, type VariantSummary } from '../../database/variant-summary.ts'
import type { CallMetricId } from '../../../shared/ab-tests/call-metrics.ts'

/** In ms since the epoch: calls that began from `from` up to and without `to`. */
export interface CallWindow {
  readonly from: number
  readonly to: number
}

type AggregateCalls = (filter: object, stages: readonly object[]) => Promise<Record<string, unknown>[]>

/**
 * Measures an A/B test's calls, by the variant that each was assigned, whatever answered in the end. Signalbox's own
 * calls do not count.
 */
export function summarizeVariantCalls(
  aggregate: AggregateCalls,
  abTestId: string,
  { from, to }: CallWindow,
): Promise<VariantSummary<CallMetricId>[]> {
  const filter = { 'exposure.abTestId': abTestId, purpose: 'live', startedAt: { $gte: from, $lt: to } }
  return summarizeVariants((stages) => aggregate(filter, stages), {
    variantId: '$exposure.variantId',
    unitId: '$exposure.unitId',
    values: METRIC_VALUES,
  })
}

const isAnswered = { $eq: ['$status', 'succeeded'] }
/** A caller who leaves says nothing of the variant. */
const isCancelled = { $eq: ['$status', 'cancelled'] }
const ofAnswered = (value: unknown): object => ({ $cond: [isAnswered, value, null] })
const shareOfCalls = (condition: object): object => ({ $cond: [isCancelled, null, { $cond: [condition, 1, 0] }] })
/** Null where a call has no usage; a class that the record does not name was not used. */
const tokens = (...classes: string[]): object => ({
  $cond: [{ $eq: [{ $ifNull: ['$usage', null] }, null] }, null, { $add: classes.map(usedTokens) }],
})
const usedTokens = (name: string): object => ({ $ifNull: [`$usage.${name}`, 0] })

const inputTokens = tokens(
  'uncachedInputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'inputAudioTokens',
  'inputImageTokens',
)
const outputTokens = tokens('outputTokens', 'outputAudioTokens', 'outputImageTokens')
/** Of a stream from the first token on; of an answer in one piece, all of it. */
const writingMs = { $subtract: ['$latencyMs', { $ifNull: ['$timeToFirstTokenMs', 0] }] }

/** Expressions over a stored record; null: the call says nothing of the metric. */
const METRIC_VALUES: Readonly<Record<CallMetricId, object>> = {
  total_latency: ofAnswered('$latencyMs'),
  time_to_first_token: ofAnswered('$timeToFirstTokenMs'),
  tokens_per_second: ofAnswered({
    $cond: [{ $gt: [writingMs, 0] }, { $divide: [{ $multiply: [outputTokens, 1_000] }, writingMs] }, null],
  }),
  cost: ofAnswered({ $divide: ['$costNanodollars', 1e9] }),
  input_tokens: ofAnswered(inputTokens),
  output_tokens: ofAnswered(outputTokens),
  error_rate: shareOfCalls({ $eq: ['$status', 'failed'] }),
  truncation_rate: shareOfCalls({ $or: [{ $eq: ['$status', 'truncated'] }, { $eq: ['$finishReason', 'length'] }] }),
}
