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
  readonly #take: (event: ServerSentEvent) => void
  readonly #characters = new StringDecoder('utf8')
  /** The beginning of a line, as it came. */
  #pieces: string[] = []
  #pieceLength = 0
  #name = ''
  #data: string | null = null
  /** All lines of the event so far, also those that are skipped: each of them costs. */
  #eventLength = 0
  #skipLineFeed = false

  /** @param take is given each event as it completes */
  constructor(take: (event: ServerSentEvent) => void) {
    this.#take = take
  }

  /** @throws UnreadableAnswer when an event grows past 8 MiB; what completed before it has been handed over */
  decode(chunk: Buffer): void {
    let text = this.#characters.write(chunk)
    if (text === '') return
    if (this.#skipLineFeed && text.charCodeAt(0) === LINE_FEED) text = text.slice(1)
    this.#skipLineFeed = false
    let lineFeed = text.indexOf('\n')
    let carriageReturn = text.indexOf('\r')
    let start = 0
    while (lineFeed !== -1 || carriageReturn !== -1) {
      const isLineFeed = carriageReturn === -1 || (lineFeed !== -1 && lineFeed < carriageReturn)
      const end = isLineFeed ? lineFeed : carriageReturn
      this.#takeLine(this.#withPieces(text.slice(start, end)))
      start = end + 1
      if (!isLineFeed) {
        if (start === text.length) this.#skipLineFeed = true
        else if (text.charCodeAt(start) === LINE_FEED) start += 1
      }
      if (lineFeed !== -1 && lineFeed < start) lineFeed = text.indexOf('\n', start)
      if (carriageReturn !== -1 && carriageReturn < start) carriageReturn = text.indexOf('\r', start)
    }
    if (start < text.length) this.#keep(text.slice(start))
  }

  /** Joins pieces of like length, so that a long line in tiny chunks costs neither a copy a chunk nor an object each. */
  #keep(piece: string): void {
    this.#pieceLength += piece.length
    this.#refuseLongerThan(this.#eventLength + this.#pieceLength)
    let joined = piece
    let last = this.#pieces.pop()
    while (last !== undefined && last.length <= joined.length) {
      joined = [last, joined].join('')
      last = this.#pieces.pop()
    }
    if (last !== undefined) this.#pieces.push(last)
    this.#pieces.push(joined)
  }

  #withPieces(end: string): string {
    if (this.#pieceLength === 0) return end
    const line = this.#pieces.join('') + end
    this.#pieces = []
    this.#pieceLength = 0
    return line
  }

  #takeLine(line: string): void {
    if (line === '') {
      const event = this.#data === null ? null : { name: this.#name, data: this.#data }
      this.#name = ''
      this.#data = null
      this.#eventLength = 0
      if (event) this.#take(event)
      return
    }
    this.#eventLength += line.length
    this.#refuseLongerThan(this.#eventLength)
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    if (field !== 'data' && field !== 'event') return
    const value = colon === -1 ? '' : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1)
    if (field === 'event') this.#name = value
    else this.#data = this.#data === null ? value : `${this.#data}\n${value}`
  }

  #refuseLongerThan(length: number): void {
    if (length > LONGEST_EVENT) throw new UnreadableAnswer('an event of the stream is longer than 8 MiB')
  }
}

const LINE_FEED = 10
const SPACE = 32
