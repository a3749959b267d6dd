import type { Clock } from '../../shared/runtime/clock.ts'
import { notReady, rateLimited } from '../errors.ts'
import type { Admission, CallLimits } from '../limits/call-limits.ts'
import type { RequestContext } from '../request-context.ts'
import { estimateCallTokens } from './estimate-call-tokens.ts'

/**
 * Takes the call's place in every limit of its key and its workspace, before anything is reserved or anybody is asked.
 * Mostly that is a subtraction in this process; where a limit is near, Redis is asked. The limits are noted on the
 * context first, so that a refusal too tells what is left.
 *
 * @returns nothing, at once where Redis need not be asked
 * @throws SignalboxError `rate_limited`; `service_unavailable` where Redis is away and the workspace wants nobody
 *   served then
 */
export function checkRateLimit(context: RequestContext, limits: CallLimits, clock: Clock): void | Promise<void> {
  const tokens = limits.hasTokenLimit ? estimateCallTokens(context.request, context.body.length) : 0
  return takePlace(context, limits, { tokens, clock })
}

/** What a request holds of its limits, and whose state its answer tells. */
export type Place = Pick<RequestContext, 'limits' | 'permits'>

/** The same for any request. @param tokens what it may use at most; 0: limits on tokens are none of its business */
export function takePlace(
  place: Place,
  limits: CallLimits,
  { tokens, clock }: { readonly tokens: number; readonly clock: Clock },
): void | Promise<void> {
  place.limits = limits
  const admission = limits.admit(tokens, clock)
  if (admission instanceof Promise) return admission.then((later) => follow(place, later, clock))
  follow(place, admission, clock)
}

const SECOND_MS = 1_000

function follow(place: Place, admission: Admission, clock: Clock): void {
  switch (admission.type) {
    case 'admitted':
      place.permits = admission.permits
      return
    case 'refused': {
      const { limit, unit, scope } = admission.refusal.by
      const retryAfterSeconds = Math.max(1, Math.ceil((admission.refusal.retryAtMs - clock.monotonicMs()) / SECOND_MS))
      place.limits = admission.refusal
      throw rateLimited({ scope, allowance: ALLOWANCES[unit](limit) }, { retryAfterSeconds })
    }
    case 'away':
      throw notReady({ what: 'check the rate limits' })
    default:
      admission satisfies never
  }
}

const ALLOWANCES = {
  requests: (limit: number) => `${limit} requests per minute`,
  tokens: (limit: number) => `${limit} tokens per minute`,
  concurrency: (limit: number) => `${limit} requests at a time`,
} as const
