import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { SignalboxError } from '../../shared/errors/define-error.ts'
import { badHttpRequest, bodyTooLarge } from '../errors.ts'
import type { CallScope, IncomingCall } from '../request-context.ts'
import { readApiKey } from './accept-request.ts'
import { BILLABLE_PATHS, pathOf } from './accept-forwarded.ts'
import { credits } from './credits.surface.ts'
import { readForwardedPath } from './forwarded-path.ts'
import { readCall } from './read-call.ts'

interface ProxyRoute {
  /** Without a slash at its end. */
  readonly path: string
  readonly bodyLimitBytes: number
  readonly keyPrefix: string
  readonly serve: (call: IncomingCall) => Promise<void>
}

/** Without TRACE, whose answer holds the request's headers, and so the provider's key. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * OpenRouter's own API below a path: any method, any path, streamed both ways. A body that may name a model is read
 * whole, for what it will cost must be held before it is sent; every other body goes on as it comes.
 */
export function routeOpenRouterProxy(
  server: FastifyInstance,
  { path, bodyLimitBytes, keyPrefix, serve }: ProxyRoute,
): void {
  const answer = (request: FastifyRequest, reply: FastifyReply): void => {
    // Strangers are told nothing but that they are.
    readApiKey(request.headers.authorization, keyPrefix)
    const target = readForwardedPath(request.raw.url ?? '', path)
    const body: unknown = request.body
    const upload = isStream(body) ? body : null
    const forwarded = { method: request.method, path: target, upload, isMetered: false }
    const scope: CallScope = { type: 'forwarded', forwarded }
    reply.hijack()
    const kind = pathOf(target) === '/embeddings' ? 'embedding' : 'chat'
    void serve(readCall(request, reply, { kind, dialect: credits, scope }))
  }

  // A scope of its own: nowhere else do bodies go on as they come.
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage, parsed) => {
      if (!mayNameModel(request, path)) return parsed(null, payload)
      readBody(payload, bodyLimitBytes).then(
        (body) => parsed(null, body),
        // A caller who leaves in the middle of a request is no fault of ours.
        (error: unknown) => parsed(error instanceof SignalboxError ? error : badHttpRequest({}, { cause: error })),
      )
    })
    for (const url of [path, `${path}/*`]) scope.route({ method: METHODS, url, handler: answer })
    done()
  })
}

/** Uploads. */
const FILES = /^(?:multipart\/|image\/|audio\/|video\/|application\/octet-stream)/i

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body
}

function mayNameModel({ method, raw, headers }: FastifyRequest, prefix: string): boolean {
  if (method !== 'POST') return false
  // What a vendor may take for JSON is read, whatever it calls itself.
  if (!FILES.test(headers['content-type']?.trim() ?? '')) return true
  return BILLABLE_PATHS.has(pathOf((raw.url ?? '').slice(prefix.length)))
}

async function readBody(payload: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limitBytes) throw bodyTooLarge({ limitBytes })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}
