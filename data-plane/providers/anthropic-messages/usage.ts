import { asTokenCount, NO_USAGE, type Usage } from '../../../shared/llm/usage.ts'
import { asObject, isObject, type JsonObject } from '../vendor-json.ts'

/**
 * The vendor's count in our classes. Its input tokens exclude the cached ones, and its classes of cache writes are told
 * apart only where it says so; what they do not make up of the total was written for five minutes:
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance
 *
 * @returns null when the vendor reported none
 */
export function readUsage(value: unknown): Usage | null {
  if (!isObject(value)) return null
  const { input_tokens: input, output_tokens: output } = value
  if (typeof input !== 'number' && typeof output !== 'number') return null
  const written = asObject(value['cache_creation'])
  const cacheWrite1hTokens = asTokenCount(written['ephemeral_1h_input_tokens'])
  const cacheWrite5mTokens = asTokenCount(written['ephemeral_5m_input_tokens'])
  const cacheWrites = asTokenCount(value['cache_creation_input_tokens'])
  const outputTokens = asTokenCount(output)
  return {
    ...NO_USAGE,
    uncachedInputTokens: asTokenCount(input),
    cacheReadTokens: asTokenCount(value['cache_read_input_tokens']),
    cacheWriteTokens: Math.max(cacheWrite5mTokens, cacheWrites - cacheWrite1hTokens),
    cacheWrite1hTokens,
    outputTokens,
    reasoningTokens: Math.min(asTokenCount(asObject(value['output_tokens_details'])['thinking_tokens']), outputTokens),
    webSearches: asTokenCount(asObject(value['server_tool_use'])['web_search_requests']),
  }
}

/** Counts inside a stream are running totals; a later one that leaves a class out, or says null, has not changed it. */
export function mergeUsage(earlier: JsonObject, later: unknown): JsonObject {
  const told = Object.entries(asObject(later)).filter(([, count]) => count !== null)
  return { ...earlier, ...Object.fromEntries(told) }
}
