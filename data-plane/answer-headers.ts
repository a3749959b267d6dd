import type { RequestContext } from './request-context.ts'

export type AnswerHeaders = Record<string, string | number>

/** The headers every answer carries, an error too, as far as the call got. */
export function answerHeaders(context: RequestContext, nowMs: number): AnswerHeaders {
  const gatewayMs = Math.max(0, nowMs - context.startedMs - context.upstreamMs)
  const headers: AnswerHeaders = {
    'x-request-id': context.requestId,
    'x-nr-generation-id': context.id,
    'server-timing': `gateway;dur=${gatewayMs.toFixed(2)}, upstream;dur=${context.upstreamMs.toFixed(2)}`,
  }
  if (context.candidate && !context.error) {
    headers['x-nr-model'] = context.candidate.model.id
    headers['x-nr-gateway'] = context.candidate.endpoint.gateway
  }
  return headers
}
