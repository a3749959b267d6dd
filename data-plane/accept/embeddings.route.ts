import type { FastifyInstance } from 'fastify'
import type { Dialect, IncomingCall } from '../request-context.ts'
import { readCall } from './read-call.ts'

/** Embeddings of one API. */
export function routeEmbeddings(
  app: FastifyInstance,
  { path, dialect, serve }: { path: string; dialect: Dialect; serve: (call: IncomingCall) => Promise<void> },
): void {
  app.post(path, (request, reply) => {
    reply.hijack()
    void serve(readCall(request, reply, { kind: 'embedding', dialect }))
  })
}
