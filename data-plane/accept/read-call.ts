import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CallKind, CallScope, Dialect, IncomingCall } from '../request-context.ts'
import { arrivedMs } from './arrival.ts'

const WORKSPACE: CallScope = { type: 'workspace' }
const NO_BODY = Buffer.alloc(0)

/** Takes from Fastify what a call is made of. The answer is written to the raw response, by the pipeline. */
export function readCall(
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, dialect, scope = WORKSPACE }: { kind: CallKind; dialect: Dialect; scope?: CallScope },
): IncomingCall {
  return {
    kind,
    dialect,
    scope,
    headers: request.headers,
    body: Buffer.isBuffer(request.body) ? request.body : NO_BODY,
    response: reply.raw,
    startedMs: arrivedMs(request.raw),
  }
}
