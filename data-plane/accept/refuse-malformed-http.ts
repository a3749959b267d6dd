import { STATUS_CODES, type OutgoingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { SignalboxError } from '../../shared/errors/define-error.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { badHttpRequest, chunkExtensionsTooLong, headersTooLarge, requestTooSlow } from '../errors.ts'
import { dialectOf } from './dialect-of.ts'
import { HEADERS_LIMIT_BYTES, HEADERS_LIMIT_MS, REQUEST_LIMIT_MS } from './http-limits.ts'
import { logFailure } from './reply-with-error.ts'

interface ClientFault extends Error {
  readonly code?: string
  /** What the parser was reading. */
  readonly rawPacket?: unknown
}

/** A closed connection whose caller goes on sending is kept so long, that its answer is read before it is reset. */
const LINGER_MS = 1_000

/**
 * Makes the answer to what Node's parser refuses: it is no request, so that neither hooks nor routes see it. It has the
 * error shape of the API whose path it names, as far as it names one, and ends the connection: where the next request would
 * begin nobody knows. Into an answer that has begun nothing is written; then the connection is cut.
 */
export function createRefuseMalformedHttp(logger: Logger) {
  return function refuseMalformedHttp(fault: ClientFault, socket: Socket): void {
    if (fault.code === 'ECONNRESET' || !socket.writable) return
    const answering = answerUnderWay(socket)
    if (answering?.headersSent === true) {
      socket.destroy()
      return
    }
    const error = asKnown(fault)
    logFailure(logger, error, { fault: fault.code })
    socket.end(writeAnswer(error, answering?.req?.url ?? readPath(fault.rawPacket)))
    setTimeout(() => socket.destroy(), LINGER_MS).unref()
  }
}

type ServerAnswer = OutgoingMessage & { readonly req?: { readonly url?: string } }

/** The field by which Node's own handler of these errors tells it: https://github.com/nodejs/node/blob/v24.0.0/lib/_http_server.js */
function answerUnderWay(socket: Socket & { readonly _httpMessage?: ServerAnswer | null }): ServerAnswer | null {
  return socket._httpMessage ?? null
}

function asKnown(fault: ClientFault): SignalboxError {
  switch (fault.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return requestTooSlow({ headersMs: HEADERS_LIMIT_MS, allMs: REQUEST_LIMIT_MS }, { cause: fault })
    case 'HPE_HEADER_OVERFLOW':
      return headersTooLarge({ limitBytes: HEADERS_LIMIT_BYTES }, { cause: fault })
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return chunkExtensionsTooLong({}, { cause: fault })
    default:
      return badHttpRequest({}, { cause: fault })
  }
}

const LONGEST_LINE_START = 64

/** Enough of the path to know the API by; empty where there is none. */
function readPath(packet: unknown): string {
  if (!Buffer.isBuffer(packet)) return ''
  const start = packet.subarray(0, LONGEST_LINE_START).toString('latin1')
  return /^[A-Z]+ (\/\S*)/.exec(start)?.[1] ?? ''
}

function writeAnswer(error: SignalboxError, path: string): string {
  const body = JSON.stringify(dialectOf(path).writeError(error))
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
