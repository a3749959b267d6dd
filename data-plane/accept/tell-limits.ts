import type { FastifyInstance } from 'fastify'
import { limitHeaders } from '../answer-headers.ts'
import type { LimitReader } from '../limits/call-limits.ts'

interface LimitHeadersDeps {
  /** The limits of who calls; null where that cannot be known. */
  readonly findLimits: (authorization: string | undefined) => Promise<LimitReader | null>
  readonly nowMs: () => number
}

/** Answers that Fastify itself sends, not the pipeline, tell the limits too: models, unknown paths, bodies too large. */
export function addLimitHeaders(server: FastifyInstance, { findLimits, nowMs }: LimitHeadersDeps): void {
  server.addHook('onSend', async (request, reply) => {
    const limits = await findLimits(request.headers.authorization)
    reply.headers(limitHeaders(limits, nowMs()))
  })
}
