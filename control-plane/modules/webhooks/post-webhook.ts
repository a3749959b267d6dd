import { Agent, request } from 'undici'
import { createCheckedLookup, ForbiddenAddress } from '../../../shared/network/checked-lookup.ts'
import { readRetryAfterMs } from '../../../shared/network/retry-after.ts'
import type { UpstreamPolicy } from '../../../shared/network/upstream-address.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { findEndpointFault } from './endpoint-url.ts'

/**
 * The one door to endpoints of webhooks. The address is a user's: it is checked each time, with every address that its
 * name has, and the connection goes to those very addresses. No redirect is followed, nothing of the answer but its
 * status is kept, and everything has a limit.
 */
export type PostWebhook = (message: OutgoingWebhook) => Promise<PostOutcome>

export interface OutgoingWebhook {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type PostOutcome =
  /** Any status; `retryAfterMs` where the receiver asked for a pause. */
  | { readonly type: 'answered'; readonly status: number; readonly retryAfterMs: number | null }
  /** `fault` is for people, and tells nothing of networks that are not theirs. */
  | { readonly type: 'unanswered'; readonly fault: string }

interface Deps {
  readonly policy: UpstreamPolicy
  readonly clock: Clock
  /** For all of an attempt, from looking up the name to the status. */
  readonly limitMs: number
}

/** More than this of an answer is not waited for: the connection is closed. */
const ANSWER_LIMIT_BYTES = 16_384

export function createPostWebhook({ policy, clock, limitMs }: Deps): PostWebhook {
  return async ({ url, headers, body }) => {
    const fault = findEndpointFault(url, policy)
    if (fault !== null) return { type: 'unanswered', fault: `the URL ${fault}` }
    const signal = AbortSignal.timeout(limitMs)
    // One for each attempt: they are rare, and none may use a connection that an earlier look-up led to.
    const agent = new Agent({ allowH2: false, connect: { lookup: createCheckedLookup(policy), timeout: limitMs } })
    try {
      const answer = await request(url, { dispatcher: agent, method: 'POST', headers, body, signal })
      // A body that cannot be read to its end changes nothing: the status has come.
      await answer.body.dump({ limit: ANSWER_LIMIT_BYTES, signal }).catch(() => undefined)
      const { statusCode: status } = answer
      return { type: 'answered', status, retryAfterMs: readRetryAfterMs(answer.headers, clock.now()) }
    } catch (error) {
      return { type: 'unanswered', fault: describe(error, limitMs) }
    } finally {
      await agent.destroy()
    }
  }
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

function describe(error: unknown, limitMs: number): string {
  if (error instanceof ForbiddenAddress) return 'its name leads to an address that may not be called'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (TIMEOUTS.has(code) || (error instanceof Error && error.name === 'TimeoutError')) {
    return `it did not answer within ${limitMs / 1_000} s`
  }
  return /^[A-Z][A-Z0-9_]{2,59}$/.test(code) ? `it could not be reached (${code})` : 'it could not be reached'
}
