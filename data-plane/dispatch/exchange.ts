import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** What reads an answer's body. One of `end` and `fail` is called, once, last. */
export interface BodyReader {
  /** @returns false to have the upstream wait until `resume` */
  chunk(bytes: Buffer): boolean
  end(): void
  fail(error: Error): void
}

/** What may wait here for a reader, in bytes, before the upstream is paused. */
const MOST_EARLY_BYTES = 65_536

/**
 * One request to an upstream and its answer, on undici's dispatch interface: no stream objects and no closure per
 * chunk. What arrives before a reader is there waits here. The upstream is paused only when that is much: a body
 * mostly arrives together with its headers, and to pause between the two has undici take it in twice.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  status = 0
  headers: IncomingHttpHeaders = {}

  #controller: Dispatcher.DispatchController | null = null
  #abortReason: Error | null = null
  #answered: () => void = () => undefined
  #unanswered: (error: Error) => void = () => undefined
  #reader: BodyReader | null = null
  #early: Buffer[] = []
  #earlyBytes = 0
  #ending: { error: Error | null } | null = null

  /** Resolves when the headers are there, rejects when they will not come. For one who waits. */
  whenAnswered(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.status > 0) resolve()
      else if (this.#ending?.error) reject(this.#ending.error)
      else [this.#answered, this.#unanswered] = [resolve, reject]
    })
  }

  /** Hands the body over, beginning with what has arrived already. */
  read(reader: BodyReader): void {
    this.#reader = reader
    const early = this.#early
    this.#early = []
    let wantsMore = true
    for (const bytes of early) wantsMore = reader.chunk(bytes) && wantsMore
    if (this.#ending) this.#finish(reader, this.#ending.error)
    else if (wantsMore) this.resume()
    else this.#controller?.pause()
  }

  resume(): void {
    if (this.#controller?.paused) this.#controller.resume()
  }

  /** Ends the exchange: the connection is closed, so the upstream stops working on the answer. */
  abort(reason: Error): void {
    if (this.#ending) return
    this.#abortReason = reason
    this.#controller?.abort(reason)
    this.onResponseError(null, reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#abortReason) {
      controller.abort(this.#abortReason)
      return
    }
    this.#controller = controller
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    this.status = status
    this.headers = headers
    this.#answered()
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#reader) {
      if (!this.#reader.chunk(bytes)) controller.pause()
      return
    }
    this.#early.push(bytes)
    this.#earlyBytes += bytes.length
    if (this.#earlyBytes > MOST_EARLY_BYTES) controller.pause()
  }

  onResponseEnd(): void {
    this.#end(null)
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#end(this.#abortReason ?? error)
  }

  #end(error: Error | null): void {
    if (this.#ending) return
    this.#ending = { error }
    if (error) this.#unanswered(error)
    if (this.#reader) this.#finish(this.#reader, error)
  }

  #finish(reader: BodyReader, error: Error | null): void {
    if (error) reader.fail(error)
    else reader.end()
  }
}

/**
 * Waits for an answer and reads its body whole.
 *
 * @param limitOf how many bytes an answer of a status may have: one that is longer is cut off, so that no upstream can
 *   fill the memory
 * @throws Error when no answer comes, or its body is cut, or too long
 */
export function readWhole(exchange: Exchange, limitOf: (status: number) => number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    exchange.read({
      chunk(bytes) {
        length += bytes.length
        const limitBytes = limitOf(exchange.status)
        if (length > limitBytes) exchange.abort(new Error(`the answer is longer than ${limitBytes} bytes`))
        else chunks.push(bytes)
        return true
      },
      end: () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length)),
      fail: reject,
    })
  })
}
