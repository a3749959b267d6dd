import { totalOutputTokens } from '../../shared/llm/usage.ts'
import type { HealthBook } from '../health/health-book.ts'
import type { RequestContext } from '../request-context.ts'

/** Shorter answers say more of the network than of the model's speed. */
const FEWEST_TOKENS = 20

/**
 * Tells the health of an endpoint what became of an answer that had begun: whether it was cut, and how fast it was
 * written. Attempts that failed before are told of by dispatching.
 */
export function reportHealth(context: RequestContext, health: HealthBook, endedMs: number): void {
  const { candidate, attempts, callerGone, error, usage } = context
  if (!candidate || attempts.at(-1)?.outcome !== 'answered') return
  const record = health.of(candidate)
  record.end()
  if (error) {
    if (!callerGone) record.failed()
    return
  }
  const tokens = usage && !usage.estimated ? totalOutputTokens(usage) : 0
  const tookMs = context.stream ? endedMs - (context.firstByteMs ?? endedMs) : (attempts.at(-1)?.durationMs ?? 0)
  if (tokens >= FEWEST_TOKENS && tookMs > 0) record.observeSpeed(tokens / (tookMs / 1_000))
}
