import { totalInputTokens, totalOutputTokens } from '../../../shared/llm/usage.ts'
import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import type { UsageRow } from './usage-query.ts'
import type { UsageRowType, UsageTokens } from './usage.types.ts'

/** What ids are called, by id. An id that is not in it has no name, or no more. */
export interface UsageNames {
  readonly keys: ReadonlyMap<string, string>
  readonly abTests: ReadonlyMap<string, string>
  readonly variants: ReadonlyMap<string, string>
}

/** A row in the API's words. */
export function toUsageRowType(row: UsageRow, names: UsageNames): UsageRowType {
  const { startsAt, keyId, abTestId, variantId, ...counts } = row
  return {
    startsAt: startsAt === null ? null : new Date(startsAt),
    keyId,
    keyName: nameOf(names.keys, keyId),
    model: row.model,
    gateway: row.gateway,
    abTestId,
    abTestName: nameOf(names.abTests, abTestId),
    variantId,
    variantName: nameOf(names.variants, variantId),
    purpose: row.purpose,
    paidBy: row.paidBy,
    calls: counts.calls,
    failed: counts.failed,
    truncated: counts.truncated,
    cancelled: counts.cancelled,
    usage: toUsageTokens(row),
    estimatedCalls: counts.estimatedCalls,
    costNanodollars: counts.costNanodollars,
    cost: toDollars(nanodollars(counts.costNanodollars)),
    unknownCostCalls: counts.unknownCostCalls,
    chargeNanodollars: counts.chargeNanodollars,
    charge: toDollars(nanodollars(counts.chargeNanodollars)),
    forgivenNanodollars: counts.forgivenNanodollars,
    latencyMs: counts.latencyMs,
    timeToFirstTokenMs: counts.timeToFirstTokenMs,
  }
}

function nameOf(names: ReadonlyMap<string, string>, id: string | null): string | null {
  return id === null ? null : (names.get(id) ?? null)
}

function toUsageTokens(row: UsageRow): UsageTokens {
  const usage = { ...row, estimated: false }
  const inputTokens = totalInputTokens(usage)
  const outputTokens = totalOutputTokens(usage)
  return {
    uncachedInputTokens: row.uncachedInputTokens,
    cacheReadTokens: row.cacheReadTokens,
    cacheWriteTokens: row.cacheWriteTokens,
    cacheWrite1hTokens: row.cacheWrite1hTokens,
    inputAudioTokens: row.inputAudioTokens,
    inputImageTokens: row.inputImageTokens,
    textOutputTokens: row.outputTokens,
    reasoningTokens: row.reasoningTokens,
    outputAudioTokens: row.outputAudioTokens,
    outputImageTokens: row.outputImageTokens,
    webSearches: row.webSearches,
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
  }
}
