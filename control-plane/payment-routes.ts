import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { internalError } from './api/api.errors.ts'
import type { ControlPlane } from './compose.ts'
import { SignalboxError } from '../shared/errors/define-error.ts'

/** Stripe's largest events have a tenth of it. */
const BODY_LIMIT_BYTES = 1024 * 1024

/**
 * `POST /payments/stripe`: where Stripe tells of payments and refunds; only with `PAYMENTS=stripe`. Whoever calls is known
 * by the signature alone. 200 ends an event; anything else has Stripe send it again, for three days.
 */
export function addPaymentRoutes(app: FastifyInstance, { environment, modules, logger }: ControlPlane): void {
  if (environment.payments === null) return
  app.register(async (payments) => {
    // The signature is of the bytes as they came.
    payments.removeAllContentTypeParsers()
    const options = { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES } as const
    payments.addContentTypeParser('*', options, (_request, body, done) => done(null, body))
    payments.setErrorHandler(answerError)
    payments.post('/payments/stripe', async (request) => {
      const header = request.headers['stripe-signature']
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const signed = { header: typeof header === 'string' ? header : '', body }
      return { received: true, outcome: await modules.payments.service.takeStripeEvent(signed) }
    })
  })

  function answerError(error: Error, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof SignalboxError) {
      logger.warn({ code: error.code, reason: error.message }, 'an event of a payment provider was refused')
      return answer(reply, error)
    }
    // What Fastify itself refuses: a body that is too large, for example.
    if ('statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500) {
      return answer(reply, { status: error.statusCode, message: 'The request cannot be read.', code: 'bad_request' })
    }
    logger.error({ err: error }, 'an event of a payment provider failed unexpectedly; it comes again')
    return answer(reply, internalError({}, { cause: error }))
  }
}

function answer(reply: FastifyReply, failure: { status: number; message: string; code: string }): FastifyReply {
  const { status, message, code } = failure
  return reply.code(status).send({ errors: [{ message, extensions: { code } }] })
}
