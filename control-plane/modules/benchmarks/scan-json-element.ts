import type { Scanned } from './split-rows.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const NEWLINE = 0x0a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Brackets within brackets of one element. Prompts are held to fewer later; this bounds what a scan keeps. */
const MAX_BRACKETS = 256

/**
 * Finds where one element of a JSON array ends: with its last bracket, or before a comma or bracket of the array
 * around it. It respects texts and their escapes, and checks that brackets match; the rest is for a parser to judge.
 */
export class JsonElementScanner {
  readonly #open = new Uint8Array(MAX_BRACKETS)
  #depth = 0
  #start = 0
  #position = 0
  #inText = false
  #escaped = false

  /** @param start the position of the element's first byte */
  begin(start: number): void {
    this.#start = start
    this.#position = start
    this.#depth = 0
    this.#inText = false
    this.#escaped = false
  }

  /** All that was held is let go in the middle of the element. */
  forget(): void {
    this.#start = 0
    this.#position = 0
  }

  /** @returns `more`, `row` or `broken` */
  scan(held: Buffer, atEnd: boolean): Scanned {
    while (this.#position < held.length) {
      if (this.#inText) {
        if (!this.#passText(held)) return this.#broken('has a text that is not closed on its line')
        continue
      }
      const found = this.#meet(held[this.#position] ?? 0)
      if (found !== null) return found
      this.#position += 1
    }
    return atEnd ? this.#broken('is cut: the file ends inside it') : { type: 'more', start: this.#start }
  }

  /** Moves past a text, or to the end of what is held; false at a line's end, which JSON allows in no text. */
  #passText(held: Buffer): boolean {
    let escaped = this.#escaped
    let position = this.#position
    for (; position < held.length; position += 1) {
      const byte = held[position]
      if (byte === NEWLINE || (byte === QUOTE && !escaped)) break
      escaped = !escaped && byte === BACKSLASH
    }
    this.#escaped = escaped
    this.#position = position
    if (held[position] === NEWLINE) return false
    if (position === held.length) return true
    this.#inText = false
    this.#position += 1
    return true
  }

  /** What the byte at the position means: null to go on. */
  #meet(byte: number): Scanned | null {
    switch (byte) {
      case QUOTE:
        this.#inText = true
        return null
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        return this.#opens(byte)
      case CLOSE_OBJECT:
        return this.#closes(OPEN_OBJECT)
      case CLOSE_ARRAY:
        return this.#depth === 0 ? this.#rowUpTo(this.#position) : this.#closes(OPEN_ARRAY)
      case COMMA:
        return this.#depth === 0 ? this.#rowUpTo(this.#position) : null
      default:
        return null
    }
  }

  #opens(bracket: number): Scanned | null {
    if (this.#depth === MAX_BRACKETS) return this.#broken('is nested too deeply')
    this.#open[this.#depth] = bracket
    this.#depth += 1
    return null
  }

  #closes(bracket: number): Scanned | null {
    if (this.#depth === 0 || this.#open[this.#depth - 1] !== bracket) {
      return this.#broken('has brackets that do not match')
    }
    this.#depth -= 1
    return this.#depth === 0 ? this.#rowUpTo(this.#position + 1) : null
  }

  #rowUpTo(end: number): Scanned {
    return { type: 'row', start: this.#start, end, next: end }
  }

  #broken(message: string): Scanned {
    return { type: 'broken', start: this.#start, end: this.#position, message }
  }
}
