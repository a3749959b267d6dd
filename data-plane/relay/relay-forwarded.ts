import type { Usage } from '../../shared/llm/usage.ts'
import type { Nanodollars } from '../../shared/money/nanodollars.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { answerHeaders } from '../answer-headers.ts'
import { noProviderAvailable, streamCut, upstreamRefusedRequest } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'
import { estimateRest } from './usage-meter.ts'
import type { UnreadAnswers } from './unread-answers.ts'

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
    readonly hasContent: boolean
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
 * Passes a provider's answer on byte for byte, as it comes, cut nowhere anew. A slow caller slows the provider down;
 * where a caller leaves an answer that has begun and is paid for, the workspace says whether it is stopped or read to its
 * end, and every other one is stopped. An answer that breaks off is broken off for the caller too, never ended as if it
 * were whole. Never throws: what becomes of it is noted on the context for settling.
 */
export async function relayForwarded(context: RequestContext, answer: Passing, deps: PassingDeps): Promise<void> {
  const { response } = context
  const { status, headers, meter } = answer
  const isAnswer = status >= 200 && status < 300
  const nowMs = deps.clock.monotonicMs()
  // What a provider refuses counts against nobody's limits when it is the provider's doing.
  if (isAnswer) context.firstByteMs = nowMs
  else context.error = refusalOf(context, status)
  if (context.stream && isAnswer) context.timeToFirstTokenMs = nowMs - context.startedMs
  response.writeHead(status, { ...headers, ...answerHeaders(context, nowMs) })
  response.flushHeaders()
  let isWhole = false
  try {
    await new Passage(context, answer, deps.unread).run()
    isWhole = true
    if (!context.callerGone) response.end()
  } catch (error) {
    if (!context.callerGone) {
      context.error = streamCut({ reason: 'the connection to the provider broke' }, { cause: error })
    }
    response.destroy()
  }
  if (meter && isAnswer) takeMeter(context, meter, isWhole)
}

interface PassingDeps {
  readonly clock: Clock
  readonly unread: UnreadAnswers
}

/** Of what a provider refuses the caller has its words; the record has ours. */
function refusalOf({ requestedModel }: RequestContext, status: number): RequestContext['error'] {
  const reason = `it answered with status ${status}`
  return status === 429 || status >= 500
    ? noProviderAvailable({ model: requestedModel, reason })
    : upstreamRefusedRequest({ gateway: 'openrouter', reason })
}

/** Passes the bytes on. `run` resolves when all of them have come; it rejects when they broke off, or took too long. */
class Passage {
  readonly #context: RequestContext
  readonly #answer: Passing
  readonly #unread: UnreadAnswers
  #idleTimer: NodeJS.Timeout | null = null
  #endUnread: (() => void) | null = null
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor(context: RequestContext, answer: Passing, unread: UnreadAnswers) {
    this.#context = context
    this.#answer = answer
    this.#unread = unread
  }

  async run(): Promise<void> {
    const { response } = this.#context
    const total = setTimeout(() => this.abort(new Error('it took too long')), this.#answer.totalMs)
    const whenEnded = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    response.once('close', this.#leave)
    response.on('drain', this.resume)
    this.#watchSilence()
    this.#answer.exchange.read(this)
    // It may have closed before anybody listened.
    if (response.destroyed) this.#leave()
    try {
      await whenEnded
    } finally {
      clearTimeout(total)
      this.#stopWatchingSilence()
      response.off('close', this.#leave)
      response.off('drain', this.resume)
      this.#endUnread?.()
    }
  }

  chunk(bytes: Buffer): boolean {
    const { response } = this.#context
    this.#answer.meter?.take(bytes)
    const wantsMore = response.destroyed || response.write(bytes)
    if (wantsMore) this.#idleTimer?.refresh()
    // The caller's own slowness does not count.
    else this.#stopWatchingSilence()
    return wantsMore
  }

  end(): void {
    this.#resolve()
  }

  fail(error: Error): void {
    this.#reject(error)
  }

  readonly resume = (): void => {
    this.#watchSilence()
    this.#answer.exchange.resume()
  }

  abort(reason: Error): void {
    this.#answer.exchange.abort(reason)
  }

  readonly #leave = (): void => {
    this.#context.response.off('close', this.#leave)
    if (this.#answer.meter?.hasContent) {
      this.#endUnread = this.#unread.leave(this.#context, this)
      return
    }
    this.#context.callerGone = true
    this.abort(new Error('the caller left'))
  }

  #watchSilence(): void {
    this.#stopWatchingSilence()
    this.#idleTimer = setTimeout(() => this.abort(new Error('the provider went silent')), this.#answer.idleMs)
  }

  #stopWatchingSilence(): void {
    if (this.#idleTimer) clearTimeout(this.#idleTimer)
    this.#idleTimer = null
  }
}

/** Nothing is charged where a caller left before the first words; what began and told no last count is estimated. */
function takeMeter(context: RequestContext, meter: NonNullable<Passing['meter']>, isWhole: boolean): void {
  const { usage, reportedCost, finishReason, characters, message } = meter.read()
  context.answerCharacters = characters
  context.finishReason = finishReason
  context.answer = message
  const hasBegun = meter.hasContent || !context.callerGone
  const isLast = usage !== null && (isWhole || finishReason !== null)
  if (isLast) [context.usage, context.reportedCost] = [usage, reportedCost]
  else if (hasBegun) context.usage = estimateRest(context, usage)
}
