import type { LimitReader } from './limits/call-limits.ts'
import type { RequestContext } from './request-context.ts'

export type AnswerHeaders = Record<string, string | number>

/** Adds the headers that every answer carries, an error too, as far as the call got. */
export function answerHeaders(context: RequestContext, nowMs: number, headers: AnswerHeaders = {}): AnswerHeaders {
  const gatewayMs = Math.max(0, nowMs - context.startedMs - context.upstreamMs)
  headers['x-request-id'] = context.requestId
  headers['x-nr-generation-id'] = context.id
  headers['server-timing'] = `gateway;dur=${gatewayMs.toFixed(2)}, upstream;dur=${context.upstreamMs.toFixed(2)}`
  Object.assign(headers, limitHeaders(context.limits, nowMs))
  if (context.candidate && !context.error) {
    headers['x-nr-model'] = context.candidate.model.id
    headers['x-nr-gateway'] = context.candidate.endpoint.gateway
  }
  return headers
}

/**
 * The tightest of the limits that apply: how much it allows, how much of that is left as far as this process knows, and
 * in how many seconds a part of what was used comes back; where a call is refused, when to try again. The unit says
 * what is counted: requests or tokens in a minute, or calls under way. Who has no valid key has no limits to tell.
 */
export function limitHeaders(limits: LimitReader | null, nowMs: number): AnswerHeaders {
  const state = limits?.state(nowMs)
  if (!state) return {}
  return {
    'x-ratelimit-limit': state.limit,
    'x-ratelimit-remaining': state.remaining,
    'x-ratelimit-reset': state.resetSeconds,
    'x-ratelimit-unit': state.unit,
  }
}
