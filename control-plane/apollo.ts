import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { fastifyApolloDrainPlugin } from '@as-integrations/fastify'
import type { FastifyInstance } from 'fastify'
import { createAuthorize } from './access/authorize.ts'
import type { RequestContext } from './access/caller.ts'
import { guardSchema } from './access/guard-schema.ts'
import { createFormatError } from './api/format-error.ts'
import { QUERY_LIMITS, queryLimits } from './api/query-limits.ts'
import type { ControlPlane } from './compose.ts'
import { createSchema } from './schema.ts'

/** The GraphQL server: the guarded schema, the limits on what may be asked, and the form of its errors. */
export function createApollo({ modules, environment, logger }: ControlPlane, app: FastifyInstance) {
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
