import type { IncomingMessage, ServerResponse } from 'node:http'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { SignalboxError } from '../../shared/errors/define-error.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import * as errors from '../errors.ts'
import { watchArrivals } from './arrival.ts'
import { dialectOf } from './dialect-of.ts'
import * as limits from './http-limits.ts'
import { createRefuseMalformedHttp } from './refuse-malformed-http.ts'
import { logFailure, writeError } from './reply-with-error.ts'
import type { TellLimits } from './tell-limits.ts'

interface ServerOptions {
  readonly bodyLimitBytes: number
  readonly tellLimits: TellLimits
  readonly logger: Logger
}

/** Longer than the keep-alive of any client or proxy before us, or a request may meet a closing connection. */
const KEEP_ALIVE_MS = 75_000

/**
 * The HTTP server without any route. Bodies are handed on as bytes: the pipeline parses them, once. Whatever Fastify or
 * Node refuse by themselves is answered in the API's own error shape.
 */
export function createHttpServer({ bodyLimitBytes, tellLimits, logger }: ServerOptions): FastifyInstance {
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    logger: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: limits.REQUEST_LIMIT_MS,
    // Node answers a request without one with nothing but a status; `requireHost` says what is missing.
    http: {
      requireHostHeader: false,
      headersTimeout: limits.HEADERS_LIMIT_MS,
      maxHeaderSize: limits.HEADERS_LIMIT_BYTES,
    },
    forceCloseConnections: 'idle',
    schemaController: NO_SCHEMAS,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.LONGEST_ID_CHARACTERS },
    frameworkErrors: (error, request, reply) => {
      // No hook runs here.
      void tellLimits(request.headers.authorization).then((headers) =>
        send(reply.headers(headers), asKnown(error, bodyLimitBytes), request.url),
      )
    },
    clientErrorHandler: createRefuseMalformedHttp(logger),
  })
  watchArrivals(app.server)
  refuseExpectations(app, tellLimits)
  app.removeAllContentTypeParsers()
  // Clients that forget the header mean JSON as well. What is named is found without being parsed.
  app.addContentTypeParser(['application/json', '*'], { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', requireHost)
  app.addHook('onSend', async (request, reply) => {
    if (!reply.hasHeader('x-ratelimit-limit')) reply.headers(await tellLimits(request.headers.authorization))
  })

  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = asKnown(error, bodyLimitBytes)
    logFailure(logger, known, { method: request.method, path: request.routeOptions.url })
    return send(reply, known, request.url)
  })
  app.setNotFoundHandler((request: FastifyRequest, reply) => {
    const [path = ''] = request.url.split('?', 1)
    return send(reply, errors.routeNotFound({ method: request.method, path }), path)
  })
  return app
}

/** No route has a schema: the pipeline reads bodies itself. Fastify's compilers for them would be loaded for nothing. */
const NO_SCHEMAS = {
  compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema },
}

function refuseSchema(): never {
  throw new Error('routes of the data plane have no schemas')
}

/** What a caller expects beyond `100-continue`, which Node sends by itself, is refused before there is a request. */
function refuseExpectations(app: FastifyInstance, tellLimits: TellLimits): void {
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const dialect = dialectOf(request.url ?? '')
    void tellLimits(request.headers.authorization).then((headers) =>
      writeError(response, { error: errors.expectationNotMet({}), dialect, headers }),
    )
  })
}

/** HTTP/1.1 demands the header: https://www.rfc-editor.org/rfc/rfc9112#section-3.2 */
function requireHost({ raw }: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  if (raw.headers.host === undefined && raw.httpVersion === '1.1') return done(errors.hostMissing({}))
  done()
}

function asKnown(error: Error & { statusCode?: number; code?: string }, limitBytes: number): SignalboxError {
  if (error instanceof SignalboxError) return error
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return errors.bodyTooLarge({ limitBytes })
    case 'FST_ERR_BAD_URL':
      return errors.pathNotEncoded({})
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return errors.pathTooLong({ characters: limits.LONGEST_ID_CHARACTERS })
    default: {
      const status = error.statusCode ?? 500
      const isCallers = status >= 400 && status < 500
      return isCallers ? errors.badHttpRequest({}, { cause: error }) : errors.internalError({}, { cause: error })
    }
  }
}

function send(reply: FastifyReply, error: SignalboxError, path: string): FastifyReply {
  // What was too large was not read to its end: the connection cannot be used again.
  if (error.status === 413) reply.header('connection', 'close')
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
  return reply.code(error.status).send(dialectOf(path).writeError(error))
}
