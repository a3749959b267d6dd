import type { Usage } from '../../shared/llm/usage.ts'
import type { Nanodollars } from '../../shared/money/nanodollars.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { answerHeaders } from '../answer-headers.ts'
import { noProviderAvailable, streamCut, upstreamRefusedRequest } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'
import { estimateUsage } from './usage-meter.ts'

/** What dispatching hands over: an answer whose headers have come. */
interface Passing {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly exchange: {
    read(reader: { chunk(bytes: Buffer): boolean; end(): void; fail(error: Error): void }): void
    resume(): void
    abort(reason: Error): void
  }
  readonly meter: {
    take(bytes: Buffer): void
    read(): {
      usage: Usage | null
      reportedCost: Nanodollars | null
      finishReason: string | null
      characters: number
      message: unknown
    }
  } | null
  readonly idleMs: number
  readonly totalMs: number
}

/**
 * Passes a provider's answer on byte for byte, as it comes, cut nowhere anew. A slow caller slows the provider down; a
 * caller who leaves stops it. An answer that breaks off is broken off for the caller too, never ended as if it were
 * whole. Never throws: what becomes of it is noted on the context for settling.
 */
export async function relayForwarded(context: RequestContext, answer: Passing, clock: Clock): Promise<void> {
  const { response } = context
  const { status, headers, meter } = answer
  const isAnswer = status >= 200 && status < 300
  const nowMs = clock.monotonicMs()
  // What a provider refuses counts against nobody's limits when it is the provider's doing.
  if (isAnswer) context.firstByteMs = nowMs
  else context.error = refusalOf(context, status)
  if (context.stream && isAnswer) context.timeToFirstTokenMs = nowMs - context.startedMs
  response.writeHead(status, { ...headers, ...answerHeaders(context, nowMs) })
  response.flushHeaders()
  try {
    await pass(context, answer)
    response.end()
  } catch (error) {
    if (!context.callerGone) {
      context.error = streamCut({ reason: 'the connection to the provider broke' }, { cause: error })
    }
    response.destroy()
  }
  if (meter && isAnswer) takeMeter(context, meter.read())
}

/** Of what a provider refuses the caller has its words; the record has ours. */
function refusalOf({ requestedModel }: RequestContext, status: number): RequestContext['error'] {
  const reason = `it answered with status ${status}`
  return status === 429 || status >= 500
    ? noProviderAvailable({ model: requestedModel, reason })
    : upstreamRefusedRequest({ gateway: 'openrouter', reason })
}

/** Resolves when all of it has been written; rejects when it broke off, or took too long. */
function pass(context: RequestContext, { exchange, meter, idleMs, totalMs }: Passing): Promise<void> {
  const { response } = context
  return new Promise((resolve, reject) => {
    const after = (ms: number, what: string) => setTimeout(() => exchange.abort(new Error(what)), ms)
    const total = after(totalMs, 'it took too long')
    let idle = after(idleMs, 'the provider went silent')
    const leave = (): void => {
      context.callerGone = true
      exchange.abort(new Error('the caller left'))
    }
    const drain = (): void => {
      idle = after(idleMs, 'the provider went silent')
      exchange.resume()
    }
    const stopWatching = (): void => {
      clearTimeout(total)
      clearTimeout(idle)
      response.off('close', leave)
      response.off('drain', drain)
    }
    response.once('close', leave)
    response.on('drain', drain)
    exchange.read({
      chunk(bytes) {
        meter?.take(bytes)
        if (response.destroyed || response.write(bytes)) {
          idle.refresh()
          return true
        }
        // The caller's own slowness does not count.
        clearTimeout(idle)
        return false
      },
      end() {
        stopWatching()
        resolve()
      },
      fail(error) {
        stopWatching()
        reject(error)
      },
    })
    if (response.destroyed) leave()
  })
}

type Metered = ReturnType<NonNullable<Passing['meter']>['read']>

/** Nothing is charged where a caller left before the first words; what began and told no usage is estimated. */
function takeMeter(context: RequestContext, { usage, reportedCost, finishReason, ...written }: Metered): void {
  context.answerCharacters = written.characters
  context.finishReason = finishReason
  context.answer = written.message
  const hasBegun = written.characters > 0 || !context.callerGone
  context.usage = usage ?? (hasBegun ? estimateUsage(context) : null)
  context.reportedCost = reportedCost
}
