import { StringDecoder } from 'node:string_decoder'
import { UnreadableAnswer } from './provider.ts'

/** No vendor sends events this long; a stream without an end of line must not fill the memory. */
const LONGEST_EVENT = 8 * 1_048_576

export interface ServerSentEvent {
  /** The `event:` field; empty where there is none. */
  readonly name: string
  /** The `data:` lines, joined by line feeds. */
  readonly data: string
}

/**
 * Decodes server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) from bytes cut anywhere,
 * also inside a character or between CR and LF. Comments, ids and retry times are skipped.
 */
export class SseDecoder {
  readonly #characters = new StringDecoder('utf8')
  #tail = ''
  #name = ''
  #data: string | null = null
  #skipLineFeed = false

  /**
   * @returns the events that this chunk completes
   * @throws UnreadableAnswer when an event grows past 8 MiB
   */
  decode(chunk: Buffer): ServerSentEvent[] {
    const events: ServerSentEvent[] = []
    const text = this.#tail + this.#characters.write(chunk)
    let start = 0
    if (this.#skipLineFeed && text.length > 0) {
      if (text.startsWith('\n')) start = 1
      this.#skipLineFeed = false
    }
    for (let end = nextLineEnd(text, start); end !== -1; end = nextLineEnd(text, start)) {
      this.#takeLine(text.slice(start, end), events)
      start = end + 1
      if (text.charCodeAt(end) !== CARRIAGE_RETURN) continue
      if (start === text.length) this.#skipLineFeed = true
      else if (text.charCodeAt(start) === LINE_FEED) start += 1
    }
    this.#tail = text.slice(start)
    if (this.#tail.length + (this.#data?.length ?? 0) > LONGEST_EVENT) {
      throw new UnreadableAnswer('an event of the stream is longer than 8 MiB')
    }
    return events
  }

  #takeLine(line: string, events: ServerSentEvent[]): void {
    if (line === '') {
      if (this.#data !== null) events.push({ name: this.#name, data: this.#data })
      this.#name = ''
      this.#data = null
      return
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    if (field !== 'data' && field !== 'event') return
    let value = colon === -1 ? '' : line.slice(colon + 1)
    if (value.startsWith(' ')) value = value.slice(1)
    if (field === 'event') this.#name = value
    else this.#data = this.#data === null ? value : `${this.#data}\n${value}`
  }
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

function nextLineEnd(text: string, from: number): number {
  const lineFeed = text.indexOf('\n', from)
  const carriageReturn = text.indexOf('\r', from)
  if (carriageReturn === -1) return lineFeed
  return lineFeed === -1 ? carriageReturn : Math.min(lineFeed, carriageReturn)
}
