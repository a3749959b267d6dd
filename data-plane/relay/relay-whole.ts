import type { Usage } from '../../shared/llm/usage.ts'
import type { Nanodollars } from '../../shared/money/nanodollars.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { inOnePiece } from '../../shared/runtime/in-one-piece.ts'
import { answerHeaders, type AnswerHeaders } from '../answer-headers.ts'
import type { RequestContext } from '../request-context.ts'
import { countCharacters, estimateUsage } from './usage-meter.ts'

interface WholeAnswer {
  readonly body: Record<string, unknown>
  readonly usage: Usage | null
  readonly finishReason: string | null
  readonly reportedCost?: Nanodollars
}

/**
 * Answers with a whole body: the provider's, with the id, the model's name, a time where it gave none, and the fields of
 * the caller's API. Every other field goes out as it came.
 */
export function relayWhole(context: RequestContext, provided: WholeAnswer, clock: Clock): void {
  const { response, dialect, candidate } = context
  const { body, usage, finishReason, reportedCost = null } = provided
  const message = body['choices'] instanceof Array ? body['choices'][0]?.message : undefined
  context.answerCharacters = message ? countCharacters(message) : 0
  context.usage = usage ?? estimateUsage(context)
  context.reportedCost = reportedCost
  context.finishReason = finishReason
  context.answer = message ?? null

  const answer = Object.assign(body, dialect.decoration(context), dialect.closing?.(context, body['usage'] ?? null))
  if (context.kind === 'chat') {
    answer['id'] = inOnePiece(dialect.idPrefix + context.id)
    answer['created'] ||= Math.floor(context.startedAt / 1_000)
  }
  if (candidate) answer['model'] = dialect.nameModel(candidate)
  const text = JSON.stringify(answer)
  const length = Buffer.byteLength(text)
  context.firstByteMs = clock.monotonicMs()
  const headers: AnswerHeaders = { 'content-type': 'application/json; charset=utf-8', 'content-length': length }
  response.writeHead(200, answerHeaders(context, context.firstByteMs, headers))
  // Text of one byte a character, which most answers are, is the same in Latin-1 and is written without conversion.
  response.end(text, length === text.length ? 'latin1' : 'utf8')
}
