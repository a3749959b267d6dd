import type { ProviderFailure } from '../../shared/llm/provider-failure.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import type { StreamDecoder } from '../providers/provider.ts'
import type { BodyReader, Exchange } from './exchange.ts'

/** Takes a stream's events in the order they come. */
export interface EventConsumer {
  /** @returns false to have the upstream wait until `resume` */
  events(events: readonly StreamEvent[]): boolean
}

/**
 * A provider's stream, decoded. Dispatching waits for its first content, because until then another provider can
 * still take over; relaying reads the rest. `stream-end` is reported as an event; a connection that closes without it
 * ends `read` all the same, and the relay decides whether the answer was complete.
 */
export interface EventStream {
  /** Resolves at the first event with content, or at a regular end without any; rejects when the stream fails before. */
  readonly whenContent: Promise<void>
  /** Reads the events, first those that have come. Resolves when the stream has ended; rejects when it was cut. */
  read(consumer: EventConsumer): Promise<void>
  resume(): void
  abort(reason: Error): void
}

/** The stream failed: the vendor said so inside it, fell silent, or ended before it had begun. */
export class StreamFailure extends Error {
  readonly failure: ProviderFailure

  constructor(failure: ProviderFailure) {
    super(failure.message)
    this.name = 'StreamFailure'
    this.failure = failure
  }
}

function unavailable(message: string): StreamFailure {
  return new StreamFailure({ type: 'unavailable', message, code: null, retryAfterMs: null })
}

interface StreamOptions {
  readonly decoder: StreamDecoder
  /** How long the provider may be silent between two chunks; the caller's own slowness does not count. */
  readonly idleMs: number
}

export function openEventStream(exchange: Exchange, options: StreamOptions): EventStream {
  const stream = new DecodedStream(exchange, options)
  exchange.read(stream)
  return stream
}

/** Before the first content at most this many events wait: keep-alive chunks and the opening role. */
const LONGEST_HEAD = 10_000

class DecodedStream implements BodyReader, EventStream {
  readonly whenContent: Promise<void>
  readonly #whenEnded: Promise<void>
  readonly #exchange: Exchange
  readonly #decoder: StreamDecoder
  readonly #idleMs: number
  #idleTimer: NodeJS.Timeout | null = null
  #head: StreamEvent[] = []
  #begun = false
  #consumer: EventConsumer | null = null
  #contentSeen: () => void = () => undefined
  #contentFailed: (error: Error) => void = () => undefined
  #ended: () => void = () => undefined
  #cut: (error: Error) => void = () => undefined

  constructor(exchange: Exchange, { decoder, idleMs }: StreamOptions) {
    this.#exchange = exchange
    this.#decoder = decoder
    this.#idleMs = idleMs
    this.whenContent = new Promise((resolve, reject) => {
      this.#contentSeen = resolve
      this.#contentFailed = reject
    })
    this.#whenEnded = new Promise((resolve, reject) => {
      this.#ended = resolve
      this.#cut = reject
    })
    this.whenContent.catch(() => undefined)
    this.#whenEnded.catch(() => undefined)
  }

  chunk(bytes: Buffer): boolean {
    try {
      const wantsMore = this.#take(this.#decoder.decode(bytes))
      if (wantsMore) this.#idleTimer?.refresh()
      else this.#stopIdleTimer()
      return wantsMore
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error(String(error)))
      return true
    }
  }

  end(): void {
    this.#stopIdleTimer()
    if (!this.#begun) return this.fail(unavailable('the stream ended before it had begun'))
    this.#ended()
  }

  fail(error: Error): void {
    this.#stopIdleTimer()
    this.#contentFailed(error)
    this.#cut(error)
  }

  read(consumer: EventConsumer): Promise<void> {
    const head = this.#head
    this.#head = []
    this.#consumer = consumer
    if (head.length === 0 || consumer.events(head)) this.resume()
    return this.#whenEnded
  }

  resume(): void {
    this.#stopIdleTimer()
    this.#idleTimer = setTimeout(() => this.abort(unavailable('the provider went silent')), this.#idleMs)
    this.#exchange.resume()
  }

  abort(reason: Error): void {
    this.#exchange.abort(reason)
  }

  #stopIdleTimer(): void {
    if (this.#idleTimer) clearTimeout(this.#idleTimer)
    this.#idleTimer = null
  }

  #take(events: StreamEvent[]): boolean {
    const failed = events.find((event) => event.type === 'stream-error')
    if (failed) {
      this.#pass(events.slice(0, events.indexOf(failed)))
      throw new StreamFailure(failed.failure)
    }
    return this.#pass(events)
  }

  #pass(events: StreamEvent[]): boolean {
    if (this.#consumer) return events.length === 0 || this.#consumer.events(events)
    this.#head.push(...events)
    if (this.#head.length > LONGEST_HEAD) throw unavailable('the stream goes on without any content')
    if (!events.some(isContent)) return true
    this.#begun = true
    this.#contentSeen()
    return false
  }
}

function isContent(event: StreamEvent): boolean {
  return event.type === 'stream-end' || (event.type === 'chunk-delta' && event.hasContent)
}
