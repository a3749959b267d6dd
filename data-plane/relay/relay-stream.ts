import type { OutputCheck } from '../../shared/llm/output-check.ts'
import type { ChatChunk, StreamEvent } from '../../shared/llm/stream-event.ts'
import type { Usage } from '../../shared/llm/usage.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { inOnePiece } from '../../shared/runtime/in-one-piece.ts'
import { answerHeaders, type AnswerHeaders } from '../answer-headers.ts'
import { streamCut } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'
import { MessageCollector } from './message-collector.ts'
import { DONE_EVENT, encodeEvent } from './sse-encoder.ts'
import { StreamedOutput } from './streamed-output.ts'
import type { UnreadAnswers } from './unread-answers.ts'
import { countCharacters, estimateRest } from './usage-meter.ts'

/**
 * Passes a stream on, event by event, as it comes. A slow caller slows the provider down; where a caller leaves, the
 * workspace says whether it is stopped or read to its end. What was cut is never passed off as complete: it ends with an
 * `error` event and without `[DONE]`.
 */

/** The stream as dispatching hands it over: its first content has arrived. */
interface ProviderStream {
  read(consumer: { events(events: readonly StreamEvent[]): boolean }): Promise<void>
  resume(): void
  abort(reason: Error): void
}

interface RelayDeps {
  readonly clock: Clock
  readonly unread: UnreadAnswers
  /** How long the whole answer may take. */
  readonly totalMs: number
  /** What the text of the answer is held to; null: nothing. */
  readonly check: OutputCheck | null
}

/** Never throws: from here on every failure is told inside the stream, and noted on the context for settling. */
export async function relayStream(context: RequestContext, stream: ProviderStream, deps: RelayDeps): Promise<void> {
  const relay = new StreamRelay(context, stream, deps)
  const timer = setTimeout(() => stream.abort(new Error('it took too long')), deps.totalMs)
  try {
    await stream.read(relay)
    relay.end()
  } catch (error) {
    relay.cut(error)
  } finally {
    clearTimeout(timer)
    relay.close()
  }
}

/** Whether the answer's words are wanted when it has ended: by the workspace's record, or by evaluators. */
function keepsAnswer({ workspace, direction }: RequestContext): boolean {
  return workspace?.settings.contentPolicy === 'full' || direction.evaluate || direction.runCell !== null
}

class StreamRelay {
  readonly #context: RequestContext
  readonly #stream: ProviderStream
  readonly #clock: Clock
  readonly #unread: UnreadAnswers
  readonly #id: string
  readonly #model: string
  readonly #created: number
  readonly #wantsUsage: boolean
  readonly #collector: MessageCollector | null
  readonly #output: StreamedOutput | null
  #decorated = false
  /** What brought the usage, where the API ends streams with a chunk of its own. */
  #usageChunk: ChatChunk | null = null
  #endSeen = false
  /** What the provider had counted, where its last count has yet to come. */
  #counted: Usage | null = null
  /** To be called at the end of a stream that was left. */
  #endUnread: (() => void) | null = null

  constructor(context: RequestContext, stream: ProviderStream, { clock, unread, check }: RelayDeps) {
    this.#context = context
    this.#stream = stream
    this.#clock = clock
    this.#unread = unread
    this.#id = inOnePiece(context.dialect.idPrefix + context.id)
    this.#model = context.candidate ? context.dialect.nameModel(context.candidate) : context.requestedModel
    this.#created = Math.floor(context.startedAt / 1_000)
    this.#wantsUsage = asksForUsage(context.request)
    this.#collector = keepsAnswer(context) ? new MessageCollector() : null
    this.#output = check && new StreamedOutput(check)
    context.response.on('drain', this.#drain)
    if (context.response.destroyed) this.#leave()
    else context.response.once('close', this.#leave)
  }

  events(events: readonly StreamEvent[]): boolean {
    let text = ''
    for (const event of events) text += this.#encode(event)
    return text === '' || this.#write(text)
  }

  end(): void {
    // Some providers close without `[DONE]`; a finish reason says just as well that the answer is whole.
    if (!this.#endSeen && this.#context.finishReason === null)
      return this.cut(new Error('the provider closed the stream'))
    this.#settleUsage()
    this.#finish(this.#tellVerdict() + this.#tellClosing() + DONE_EVENT)
  }

  cut(error: unknown): void {
    const context = this.#context
    this.#settleUsage()
    const reason =
      error instanceof Error && !isNetworkError(error) ? error.message : 'the connection to the provider broke'
    context.error = streamCut({ reason }, { cause: error })
    this.#finish(this.#tellClosing() + encodeEvent(context.dialect.writeError(context.error)))
  }

  close(): void {
    const { response } = this.#context
    response.off('close', this.#leave)
    response.off('drain', this.#drain)
    this.#endUnread?.()
    if (this.#collector) this.#context.answer = this.#collector.message()
  }

  #encode(event: StreamEvent): string {
    switch (event.type) {
      case 'chunk-delta':
        return this.#encodeChunk(event.chunk)
      case 'usage-report':
        this.#context.usage = event.usage
        this.#context.reportedCost = event.reportedCost ?? null
        if (this.#context.dialect.closing) this.#usageChunk = event.chunk
        else if (this.#wantsUsage) return this.#encodeUsage(event.chunk)
        return ''
      case 'usage-progress':
        this.#counted = event.usage
        return ''
      case 'stream-end':
        this.#endSeen = true
        return ''
      case 'stream-error':
        return ''
      default:
        return event satisfies never
    }
  }

  /** It is the last of an answer, so that it tells of the routing again: some clients keep only this one. */
  #encodeUsage(chunk: ChatChunk): string {
    this.#decorated = false
    return this.#encodeChunk(chunk)
  }

  #encodeChunk(chunk: ChatChunk): string {
    chunk.id = this.#id
    chunk.model = this.#model
    chunk['created'] ||= this.#created
    for (const choice of chunk.choices ?? []) {
      if (choice.finish_reason) this.#context.finishReason = choice.finish_reason
      this.#output?.add(choice)
      if (!choice.delta) continue
      this.#context.answerCharacters += countCharacters(choice.delta)
      this.#collector?.add(choice.delta)
    }
    if (!this.#decorated) {
      this.#decorated = true
      Object.assign(chunk, this.#context.dialect.decoration(this.#context))
    }
    return encodeEvent(chunk)
  }

  /**
   * An answer that was promised to be of a form has a last chunk, which says whether it is. Its delta is empty: clients
   * that read chunks one by one see nothing new in it, and none has to know of it.
   */
  #tellVerdict(): string {
    if (!this.#output) return ''
    const verdict = this.#output.judge()
    const attempt = this.#context.attempts.at(-1)
    if (verdict.type === 'violates' && attempt) attempt.detail = verdict.fault
    this.#context.outputVerdict = verdict
    this.#decorated = false
    const choices = [{ index: 0, delta: {}, finish_reason: null }]
    return this.#encodeChunk({ object: 'chat.completion.chunk', choices })
  }

  /** What the call cost goes out last, when all that it used is known; of what was cut as well. */
  #tellClosing(): string {
    const { closing } = this.#context.dialect
    if (!closing) return ''
    const chunk: ChatChunk = this.#usageChunk ?? { object: 'chat.completion.chunk', choices: [] }
    return this.#encodeChunk(Object.assign(chunk, closing(this.#context, chunk.usage ?? null)))
  }

  #finish(lastEvent: string): void {
    const { response } = this.#context
    if (response.destroyed) return
    if (this.#context.firstByteMs === null) this.#begin()
    response.end(lastEvent)
  }

  #write(text: string): boolean {
    const { response } = this.#context
    if (response.destroyed) return true
    if (this.#context.firstByteMs === null) this.#begin()
    return response.write(text)
  }

  /** Headers and the first events leave in one write: two small ones would wait for each other on the network. */
  #begin(): void {
    const context = this.#context
    context.firstByteMs = this.#clock.monotonicMs()
    context.timeToFirstTokenMs = context.firstByteMs - context.startedMs
    const headers: AnswerHeaders = {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    }
    context.response.writeHead(200, answerHeaders(context, context.firstByteMs, headers))
  }

  #settleUsage(): void {
    const context = this.#context
    // Some providers report a running count on each chunk: what came before the last words is not the last count.
    const isLast = context.usage !== null && (this.#endSeen || context.finishReason !== null)
    if (isLast) return
    context.usage = estimateRest(context, context.usage ?? this.#counted)
    context.reportedCost = null
  }

  readonly #leave = (): void => {
    this.#endUnread = this.#unread.leave(this.#context, this.#stream)
  }

  readonly #drain = (): void => this.#stream.resume()
}

function asksForUsage(request: unknown): boolean {
  const options = (request as { stream_options?: { include_usage?: boolean } | null }).stream_options
  return options?.include_usage === true
}

/** Node's and undici's errors carry a code; their words may hold addresses. */
function isNetworkError(error: Error): boolean {
  return Reflect.get(error, 'code') !== undefined
}
