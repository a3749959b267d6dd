import { totalInputTokens, totalOutputTokens } from '../../shared/llm/usage.ts'
import type { RequestContext } from '../request-context.ts'

/**
 * Gives back what a call took of its limits and did not use: its slot, and the tokens that were estimated above its usage.
 * Its request counts, whatever came of it, unless there was no answer for a reason that is not the caller's (all upstreams
 * were busy, or we failed): that counts against nobody.
 */
export function settleLimits(context: RequestContext, nowMs: number): void {
  const { permits, usage } = context
  if (!permits) return
  const tokens = usage ? totalInputTokens(usage) + totalOutputTokens(usage) : 0
  permits.settle({ counts: countsAsRequest(context), tokens, nowMs })
}

function countsAsRequest({ error, firstByteMs }: RequestContext): boolean {
  return error === null || firstByteMs !== null || error.owner === 'client'
}
