import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify'
import { fastify, type FastifyError, type FastifyInstance } from 'fastify'
import { createAuthenticate } from './access/authenticate.ts'
import { createAuthorize } from './access/authorize.ts'
import type { RequestContext } from './access/caller.ts'
import { guardSchema } from './access/guard-schema.ts'
import { internalError } from './api/api.errors.ts'
import { createFormatError } from './api/format-error.ts'
import { QUERY_LIMITS, queryLimits } from './api/query-limits.ts'
import type { ControlPlane } from './compose.ts'
import { createContextFactory } from './context.ts'
import { addHealthRoutes } from './health-routes.ts'
import { createSchema } from './schema.ts'
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
  app.route({ method: ['GET', 'POST'], url: '/graphql', handler: fastifyApolloHandler(apollo, { context }) })
  addHealthRoutes(app, controlPlane.ping)
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

function createApollo({ modules, environment, logger }: ControlPlane, app: FastifyInstance) {
  const authorize = createAuthorize({ workspaceExists: modules.workspaces.readModel.exists })
  const resolvers = Object.values(modules).map((module) => module.resolver)
  return new ApolloServer<RequestContext>({
    schema: guardSchema(createSchema(resolvers), authorize),
    introspection: environment.server.introspection,
    // No guesses at names either, where the schema is not shown.
    hideSchemaDetailsFromClientErrors: !environment.server.introspection,
    persistedQueries: false,
    validationRules: [queryLimits],
    parseOptions: { maxTokens: QUERY_LIMITS.tokens },
    formatError: createFormatError(logger),
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    logger: { debug: () => undefined, info: () => undefined, warn: logWarning, error: logWarning },
    plugins: [ApolloServerPluginLandingPageDisabled(), fastifyApolloDrainPlugin(app)],
  })

  function logWarning(message: unknown): void {
    logger.warn({ apollo: String(message) }, 'the GraphQL server says')
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

function createContext({ modules, sessions }: ControlPlane) {
  const authenticate = createAuthenticate({
    sessions,
    findUser: modules.users.readModel.findCaller,
    findAdminTokenUser: modules.users.readModel.findAdminTokenUser,
  })
  return createContextFactory({ authenticate, findRole: modules.workspaces.readModel.memberRole })
}

function sentenceOf(error: unknown, address: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return `${address} is in use by another program`
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine (HOST)`
  if (code === 'EACCES') return `this user may not listen on ${address}`
  return `cannot listen on ${address}: ${error instanceof Error ? error.message : String(error)}`
}
