import { NO_USAGE, totalInputTokens, totalOutputTokens, type Usage } from '../../../shared/llm/usage.ts'
import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import type { StoredGeneration } from './request-logs.read-model.ts'
import type { GenerationType, UsageType } from './request-logs.types.ts'

/** A record in the API's words. */
export function toGenerationType(stored: StoredGeneration, keyName: string | null): GenerationType {
  const { _id: id, startedAt, usage, costNanodollars, chargeNanodollars, attempts, content, ...rest } = stored
  const { exposure, routerId, ruleId, purpose, ...fields } = rest
  return {
    ...fields,
    id,
    startedAt: new Date(startedAt),
    usage: usage && toUsageType(usage),
    costNanodollars,
    cost: costNanodollars === null ? null : toDollars(nanodollars(costNanodollars)),
    chargeNanodollars,
    charge: toDollars(nanodollars(chargeNanodollars)),
    attempts: [...attempts],
    keyName,
    content: content ?? null,
    // Records from before there were A/B tests have none of these.
    exposure: exposure ?? null,
    routerId: routerId ?? null,
    ruleId: ruleId ?? null,
    purpose: purpose ?? 'live',
  }
}

function toUsageType(stored: Usage): UsageType {
  // A record from before a class was counted is without it.
  const usage = { ...NO_USAGE, ...stored }
  const inputTokens = totalInputTokens(usage)
  const outputTokens = totalOutputTokens(usage)
  return {
    ...usage,
    textOutputTokens: usage.outputTokens,
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
  }
}
