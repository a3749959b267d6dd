import type { FastifyReply, FastifyRequest } from 'fastify'
import { SignalboxError } from '../../shared/errors/define-error.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { internalError } from './api.errors.ts'

/** Answers errors of routes beside GraphQL in GraphQL's form, so that a client reads one form. */
export function createAnswerWithError(logger: Logger) {
  return (error: Error, { url }: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (!(error instanceof SignalboxError)) logger.error({ err: error, url }, 'a request failed unexpectedly')
    const { status, message, code } = error instanceof SignalboxError ? error : internalError({}, { cause: error })
    return reply.code(status).send({ errors: [{ message, extensions: { code } }] })
  }
}
