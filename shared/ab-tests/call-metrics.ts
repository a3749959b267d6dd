/** What every call of an A/B test is measured by, without anybody having asked for it. */

export interface CallMetric {
  readonly id: string
  readonly unit: string
  readonly higherIsBetter: boolean
}

/**
 * Times, tokens and costs are of calls that were answered; rates are of all calls but those whose callers left.
 * Truncated are answers that the limit of tokens ended and streams that broke off.
 */
export const CALL_METRICS = [
  { id: 'total_latency', unit: 'ms', higherIsBetter: false },
  { id: 'time_to_first_token', unit: 'ms', higherIsBetter: false },
  { id: 'tokens_per_second', unit: 'tokens/s', higherIsBetter: true },
  { id: 'cost', unit: 'USD', higherIsBetter: false },
  { id: 'input_tokens', unit: 'tokens', higherIsBetter: false },
  { id: 'output_tokens', unit: 'tokens', higherIsBetter: false },
  { id: 'error_rate', unit: 'share', higherIsBetter: false },
  { id: 'truncation_rate', unit: 'share', higherIsBetter: false },
] as const satisfies readonly CallMetric[]

export type CallMetricId = (typeof CALL_METRICS)[number]['id']

/** Measured by an evaluator: its scores are 1 for an answer that refuses and 0 for others. */
export const REFUSAL_RATE = { id: 'refusal_rate', unit: 'share', higherIsBetter: false } as const satisfies CallMetric
