import type { FastifyInstance } from 'fastify'
import type { CallScope, Dialect, IncomingCall } from '../request-context.ts'
import { readCall } from './read-call.ts'

interface ChatRoute {
  readonly path: string
  readonly dialect: Dialect
  /** What the call is addressed to, by the id in its path; without it the workspace. */
  readonly scopeOf?: (id: string) => CallScope
  readonly serve: (call: IncomingCall) => Promise<void>
}

/** Chat completions of one API. */
export function routeChatCompletions(app: FastifyInstance, { path, dialect, scopeOf, serve }: ChatRoute): void {
  app.post<{ Params: { id?: string } }>(path, (request, reply) => {
    reply.hijack()
    const scope = scopeOf?.(request.params.id ?? '')
    void serve(readCall(request, reply, { kind: 'chat', dialect, scope }))
  })
}
