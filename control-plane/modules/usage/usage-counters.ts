/**
 * What is summed over calls, in the order in which it is stored: a new counter goes to the end. Whole numbers; amounts
 * in nano-dollars. Token classes do not overlap (`shared/llm/usage.ts`).
 */
export const USAGE_COUNTERS = [
  'calls',
  /** Ended with an error before the first content. */
  'failed',
  /** Cut after they had begun. */
  'truncated',
  /** The caller left. */
  'cancelled',
  /** The vendor reported no usage, so that it was counted from the text. */
  'estimatedCalls',
  /** Used something at a price that is not known: nothing of them is in `costNanodollars`. */
  'unknownCostCalls',
  'costNanodollars',
  'chargeNanodollars',
  'forgivenNanodollars',
  'uncachedInputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'inputAudioTokens',
  'inputImageTokens',
  'outputTokens',
  'reasoningTokens',
  'outputAudioTokens',
  'outputImageTokens',
  'webSearches',
] as const

export type UsageCounter = (typeof USAGE_COUNTERS)[number]
export type UsageTotals = Readonly<Record<UsageCounter, number>>
