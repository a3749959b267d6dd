import { asTokenCount, NO_USAGE, type Usage } from '../../../shared/llm/usage.ts'
import { asObject, asObjects } from '../vendor-json.ts'

/**
 * Converse's token usage (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html). Its
 * input tokens exclude those of caches; reasoning is a part of the output that it does not count apart.
 *
 * @returns null when the vendor reported none
 */
export function readConverseUsage(value: unknown): Usage | null {
  const usage = asObject(value)
  if (typeof usage['inputTokens'] !== 'number' && typeof usage['outputTokens'] !== 'number') return null
  const written = asTokenCount(usage['cacheWriteInputTokens'])
  const writtenForAnHour = asObjects(usage['cacheDetails'])
    .filter(({ ttl }) => ttl === '1h')
    .reduce((sum, { inputTokens }) => sum + asTokenCount(inputTokens), 0)
  const cacheWrite1hTokens = Math.min(writtenForAnHour, written)
  return {
    ...NO_USAGE,
    uncachedInputTokens: asTokenCount(usage['inputTokens']),
    cacheReadTokens: asTokenCount(usage['cacheReadInputTokens']),
    cacheWriteTokens: written - cacheWrite1hTokens,
    cacheWrite1hTokens,
    outputTokens: asTokenCount(usage['outputTokens']),
  }
}
