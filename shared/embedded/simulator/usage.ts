import type { ScriptedUsage } from './script.ts'

/** A usage in classes that do not overlap, but for reasoning, which is part of the output. */
export interface UsageClasses {
  readonly uncached: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly output: number
  readonly reasoning: number
}

/** Takes apart what OpenAI's way of counting adds up, so that each vendor's can be made of it. */
export function usageClasses(usage: ScriptedUsage): UsageClasses {
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage
  const cacheRead = prompt?.cached_tokens ?? 0
  const cacheWrite1h = prompt?.cache_write_1h_tokens ?? 0
  const cacheWrite = Math.max(prompt?.cache_write_tokens ?? 0, cacheWrite1h)
  return {
    uncached: usage.prompt_tokens - cacheRead - cacheWrite,
    cacheRead,
    cacheWrite5m: cacheWrite - cacheWrite1h,
    cacheWrite1h,
    output: usage.completion_tokens,
    reasoning: completion?.reasoning_tokens ?? 0,
  }
}
