import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { SignalboxError } from '../../shared/errors/define-error.ts'
import { SignalboxError as KnownError } from '../../shared/errors/define-error.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { badHttpRequest, bodyTooLarge, internalError, routeNotFound } from '../errors.ts'
import type { Dialect } from '../request-context.ts'
import { watchArrivals } from './arrival.ts'
import { logFailure } from './reply-with-error.ts'

interface ServerOptions {
  readonly bodyLimitBytes: number
  /** Whose error shape answers where no API was reached. */
  readonly dialectOf: (path: string) => Dialect
  readonly logger: Logger
}

/**
 * The HTTP server without any route. Bodies are handed on as bytes: the pipeline parses them, once. Whatever Fastify
 * itself refuses is answered in the API's own error shape.
 */
export function createHttpServer({ bodyLimitBytes, dialectOf, logger }: ServerOptions): FastifyInstance {
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    logger: false,
    // Longer than the keep-alive of any client or proxy before us, or a request may meet a closing connection.
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) =>
      void send(reply, asKnown(error, bodyLimitBytes), dialectOf(request.url)),
  })
  watchArrivals(app.server)
  app.removeAllContentTypeParsers()
  // Clients that forget the header mean JSON as well.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = asKnown(error, bodyLimitBytes)
    logFailure(logger, known, { method: request.method, path: request.routeOptions.url })
    return send(reply, known, dialectOf(request.url))
  })
  app.setNotFoundHandler((request: FastifyRequest, reply) => {
    const [path = ''] = request.url.split('?', 1)
    return send(reply, routeNotFound({ method: request.method, path }), dialectOf(path))
  })
  return app
}

function asKnown(error: Error & { statusCode?: number; code?: string }, limitBytes: number): SignalboxError {
  if (error instanceof KnownError) return error
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return bodyTooLarge({ limitBytes })
  const status = error.statusCode ?? 500
  return status >= 400 && status < 500
    ? badHttpRequest({ status }, { cause: error })
    : internalError({}, { cause: error })
}

function send(reply: FastifyReply, error: SignalboxError, dialect: Dialect): FastifyReply {
  if (error.status === 413) reply.header('connection', 'close')
  return reply.code(error.status).send(dialect.writeError(error))
}
