import type { Generation } from '../../../shared/queues/generations.queue.ts'
import { COST_PER_1K_TOKENS, costPerSolved } from './measured-metrics.ts'

/** What an analysis needs of a call's record. */
export type CallRecord = Pick<
  Generation,
  'status' | 'finishReason' | 'usage' | 'costNanodollars' | 'latencyMs' | 'timeToFirstTokenMs' | 'startedAt'
> & {
  readonly _id: string
  readonly attempts: readonly unknown[]
  readonly exposure: Pick<
    NonNullable<Generation['exposure']>,
    'unitId' | 'variantId' | 'how' | 'weightsVersion' | 'contaminated'
  > | null
}

/** One call of an A/B test as it counts. */
export interface CallOutcome {
  readonly generationId: string
  readonly unitId: string
  readonly variantId: string
  /** Whether chance gave the unit its variant. */
  readonly randomized: boolean
  readonly weightsVersion: number
  /** When the call began, ms. */
  readonly at: number
  /** Whether anybody upstream was asked, whether they answered, whether the answer has a score. */
  readonly exposed: boolean
  readonly answered: boolean
  readonly scored: boolean
  readonly contaminated: boolean
  /** Natural logarithm of the prompt's tokens; null: they are not known. */
  readonly logPromptTokens: number | null
  /** By metric. What the call says nothing of is left out. */
  readonly values: readonly (readonly [key: string, value: number])[]
  /** By ratio: numerator and denominator. */
  readonly pairs: readonly (readonly [key: string, numerator: number, denominator: number])[]
}

/** A value that a metric gave the call. */
export interface CallScore {
  readonly metricId: string
  readonly value: number | null
}

/**
 * Reads a call's record and its scores as what counts in an analysis. Times, tokens and costs are of calls that were
 * answered; rates of all whose callers did not leave; as for CALL_METRICS.
 *
 * @returns null: the call belongs to no A/B test
 */
export function readCallOutcome(record: CallRecord, scores: readonly CallScore[]): CallOutcome | null {
  const { exposure, status } = record
  if (!exposure) return null
  const answered = status === 'succeeded'
  const scored = scores.flatMap(({ metricId, value }) =>
    value === null || !Number.isFinite(value) ? [] : [[metricId, value] as const],
  )
  const tokens = tokensOf(record)
  const cost = answered && record.costNanodollars !== null ? record.costNanodollars / 1e9 : null
  return {
    generationId: record._id,
    unitId: exposure.unitId,
    variantId: exposure.variantId,
    randomized: exposure.how === 'allocated',
    weightsVersion: exposure.weightsVersion,
    at: record.startedAt,
    exposed: answered || record.attempts.length > 0,
    answered,
    scored: scored.length > 0,
    contaminated: exposure.contaminated,
    logPromptTokens: tokens === null ? null : Math.log1p(tokens.input),
    values: [
      ...rates(record),
      ...(answered ? measures(record, tokens) : []),
      ...(cost === null ? [] : [['cost', cost] as const]),
      ...scored,
    ],
    pairs: cost === null ? [] : pairsOf(cost, tokens, scored),
  }
}

interface Tokens {
  readonly input: number
  readonly output: number
}

function tokensOf({ usage }: CallRecord): Tokens | null {
  if (usage === null) return null
  const sum = (...counts: readonly (number | undefined)[]) => counts.reduce<number>((all, each) => all + (each ?? 0), 0)
  return {
    input: sum(
      usage.uncachedInputTokens,
      usage.cacheReadTokens,
      usage.cacheWriteTokens,
      usage.cacheWrite1hTokens,
      usage.inputAudioTokens,
      usage.inputImageTokens,
    ),
    output: sum(usage.outputTokens, usage.outputAudioTokens, usage.outputImageTokens),
  }
}

type Value = readonly [key: string, value: number]

function rates({ status, finishReason }: CallRecord): Value[] {
  if (status === 'cancelled') return []
  return [
    ['error_rate', status === 'failed' ? 1 : 0],
    ['truncation_rate', status === 'truncated' || finishReason === 'length' ? 1 : 0],
  ]
}

function measures({ latencyMs, timeToFirstTokenMs }: CallRecord, tokens: Tokens | null): Value[] {
  const values: Value[] = [['total_latency', latencyMs]]
  if (timeToFirstTokenMs !== null) values.push(['time_to_first_token', timeToFirstTokenMs])
  if (tokens === null) return values
  const writingMs = latencyMs - (timeToFirstTokenMs ?? 0)
  if (writingMs > 0) values.push(['tokens_per_second', (tokens.output * 1_000) / writingMs])
  values.push(['input_tokens', tokens.input], ['output_tokens', tokens.output])
  return values
}

function pairsOf(cost: number, tokens: Tokens | null, scored: readonly Value[]): CallOutcome['pairs'] {
  const perTokens = tokens === null ? [] : [[COST_PER_1K_TOKENS, cost, (tokens.input + tokens.output) / 1_000] as const]
  return [...perTokens, ...scored.map(([metricId, score]) => [costPerSolved(metricId), cost, score] as const)]
}
