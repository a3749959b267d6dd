import type { ServerResponse } from 'node:http'
import { SignalboxError } from '../../shared/errors/define-error.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { answerHeaders, type AnswerHeaders } from '../answer-headers.ts'
import { internalError } from '../errors.ts'
import type { Dialect, RequestContext } from '../request-context.ts'

/** What is not one of our errors is a bug of ours: said plainly to the caller, in full to the log. */
export function asSignalboxError(error: unknown): SignalboxError {
  return error instanceof SignalboxError ? error : internalError({}, { cause: error })
}

/** Answers a call that failed before anything of an answer went out, in the words of its API. */
export function replyWithError(context: RequestContext, error: SignalboxError, nowMs: number): void {
  if (context.response.headersSent || context.response.destroyed) return
  writeError(context.response, { error, dialect: context.dialect, headers: answerHeaders(context, nowMs) })
}

/** Writes an error answer for a request that may not have come as far as a context. */
export function writeError(
  response: ServerResponse,
  { error, dialect, headers }: { error: SignalboxError; dialect: Dialect; headers: AnswerHeaders },
): void {
  const body = JSON.stringify(dialect.writeError(error))
  const allHeaders: AnswerHeaders = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...headers,
  }
  if (error.retryAfterSeconds !== undefined) allHeaders['retry-after'] = error.retryAfterSeconds
  // A body that was too large was not read to its end: the connection cannot be used again.
  if (error.status === 413) allHeaders['connection'] = 'close'
  response.writeHead(error.status, allHeaders)
  response.end(body)
}

/** Logs a failure as its owner's: what a caller did wrong is no event of ours. */
export function logFailure(logger: Logger, error: SignalboxError, facts: Record<string, unknown>): void {
  const entry = { ...facts, code: error.code, detail: error.detail }
  switch (error.owner) {
    case 'client':
      return logger.debug(entry, error.message)
    case 'capacity':
    case 'config':
    case 'upstream':
      // No stack: it is not our code that failed, and a failing provider makes very many of these.
      return logger.warn(entry, error.message)
    case 'platform':
      return logger.error({ ...entry, err: error.cause ?? error }, error.message)
    default:
      return error.owner satisfies never
  }
}
