import { fastifyApolloHandler } from '@as-integrations/fastify'
import { fastify, type FastifyError, type FastifyInstance } from 'fastify'
import { internalError } from './api/api.errors.ts'
import { createApollo } from './apollo.ts'
import type { ControlPlane } from './compose.ts'
import { createContext } from './context.ts'
import { addHealthRoutes } from './health-routes.ts'
import { addLedgerRoutes } from './ledger-routes.ts'
import { addPaymentRoutes } from './payment-routes.ts'
import { addUploadRoutes } from './upload-routes.ts'
import { StartError } from '../shared/runtime/parse-environment.ts'

const BODY_LIMIT_BYTES = 256 * 1024

export interface Server {
  readonly app: FastifyInstance
  /** Resolves with the address when it serves. */
  listen(): Promise<string>
  /** Answers what is under way, then stops. */
  close(): Promise<void>
}

/** The GraphQL API over HTTP, and the two paths by which others see how it is. */
export async function createServer(controlPlane: ControlPlane): Promise<Server> {
  const { environment } = controlPlane
  const app = fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: 'idle', logger: false })
  const apollo = createApollo(controlPlane, app)
  await apollo.start()
  const context = createContext(controlPlane)
  const handler = fastifyApolloHandler(apollo, { context })
  app.route({ method: ['GET', 'POST'], url: '/graphql', handler })
  addHealthRoutes(app, controlPlane.ping)
  addUploadRoutes(app, controlPlane, context)
  addLedgerRoutes(app, controlPlane, context)
  addPaymentRoutes(app, controlPlane)
  answerHttpErrors(app)

  return {
    app,
    async listen() {
      const { host, port } = environment.server
      try {
        return await app.listen({ host, port })
      } catch (error) {
        throw new StartError(`CONTROL_PLANE_PORT: ${sentenceOf(error, `${host}:${port}`)}`, error)
      }
    },
    close: () => apollo.stop(),
  }
}

/** Errors before GraphQL is reached have its form all the same, so that a client reads one form. */
function answerHttpErrors(app: FastifyInstance): void {
  const errorOf = (message: string, code: string) => ({ errors: [{ message, extensions: { code } }] })
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const { statusCode: status = 500 } = error
    if (status === 413) return reply.code(413).send(errorOf('The request is too large.', 'request_too_large'))
    if (status < 500) return reply.code(status).send(errorOf('The request is not valid JSON over HTTP.', 'bad_request'))
    const unexpected = internalError({}, { cause: error })
    return reply.code(500).send(errorOf(unexpected.message, unexpected.code))
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(errorOf('The API is at /graphql.', 'not_found')))
}

function sentenceOf(error: unknown, address: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return `${address} is in use by another program`
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine (HOST)`
  if (code === 'EACCES') return `this user may not listen on ${address}`
  return `cannot listen on ${address}: ${error instanceof Error ? error.message : String(error)}`
}
