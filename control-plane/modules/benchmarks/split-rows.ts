import type { RowFault } from './prompt-content.ts'

/** What a scanner finds in the bytes that are held. Positions count from the first of them. */
export type Scanned =
  /** The row that begins at `start` goes on past what is held. Never said of a file's end. */
  | { readonly type: 'more'; readonly start: number }
  /** No row lies before `next`. */
  | { readonly type: 'skip'; readonly next: number }
  | { readonly type: 'row'; readonly start: number; readonly end: number; readonly next: number }
  /** Something is wrong at `start`, and where reading goes on is known. */
  | { readonly type: 'fault'; readonly start: number; readonly next: number; readonly message: string }
  /** At `end` it shows that the row begun at `start` does not end properly: where the next one begins is not known. */
  | { readonly type: 'broken'; readonly start: number; readonly end: number; readonly message: string }
  /** Nothing more is read; with a message, because of what is at `start`. */
  | { readonly type: 'end'; readonly start: number; readonly message: string | null }

/** Finds where rows begin and end, in one format. It keeps its place between calls. */
export interface RowScanner {
  /** @param held from where the last row ended, plus what came since; at most that much is looked at again */
  scan(held: Buffer, atEnd: boolean): Scanned
  /** All that was held is let go in the middle of a row. */
  forget(): void
  /** What is held next begins a row, after one that was broken. */
  restart(): void
  /** Whether a row may begin at a line's first byte. */
  mayStartAt(held: Buffer, at: number): boolean
  /** Whether `mayStartAt` is a sign strong enough to end a row that grows too long. */
  readonly knowsStarts: boolean
}

export type SplitRow =
  | { readonly line: number; readonly bytes: Buffer }
  | { readonly line: number; readonly fault: RowFault }

const NEWLINE = 0x0a

/** After a broken row its lines are read again for rows of their own; this bounds what a hostile file can cost. */
const REREAD_BYTES = 64 * 1_048_576

/** What `mayStartAt` needs to see of a line. */
const LINE_START_BYTES = 256

/** Cuts a file's bytes into rows and knows each row's line. It holds one row and one block at most. */
export class RowSplitter {
  readonly #scanner: RowScanner
  readonly #maxRowBytes: number
  #held: Buffer = Buffer.alloc(0)
  /** The line, from 1, of the first byte that is held. */
  #line = 1
  #mode: 'row' | 'rest-of-row' | 'seek' | 'over' = 'row'
  #seekFrom = 0
  /** Of the row after which a beginning is sought; null where the file's end broke it. */
  #brokenLine: number | null = null
  #rereadable = REREAD_BYTES

  constructor(scanner: RowScanner, maxRowBytes: number) {
    this.#scanner = scanner
    this.#maxRowBytes = maxRowBytes
  }

  /** The line that is read now, from 1. */
  get line(): number {
    return this.#line
  }

  /** True when nothing that still comes would be read. */
  get isOver(): boolean {
    return this.#mode === 'over'
  }

  /** The rows that end within what came so far. */
  *take(block: Buffer): Generator<SplitRow> {
    if (this.isOver) return
    this.#held = this.#held.length === 0 ? block : Buffer.concat([this.#held, block])
    yield* this.#drain(false)
  }

  /** The rows that only the file's end completes. */
  *finish(): Generator<SplitRow> {
    yield* this.#drain(true)
  }

  *#drain(atEnd: boolean): Generator<SplitRow> {
    while (!this.isOver) {
      if (this.#mode === 'seek' && !this.#seekStart(atEnd)) {
        if (atEnd) yield* this.#giveUp()
        return
      }
      const found = this.#scanner.scan(this.#held, atEnd)
      if (found.type === 'more' && !(yield* this.#isTooLong(found.start))) return
      if (found.type !== 'more') yield* this.#settle(found, atEnd)
    }
  }

  *#settle(found: Exclude<Scanned, { type: 'more' }>, atEnd: boolean): Generator<SplitRow> {
    switch (found.type) {
      case 'skip':
        // What is left of a row that was too long may look like no row at all.
        if (this.#mode === 'rest-of-row') this.#mode = 'row'
        return this.#drop(found.next)
      case 'row':
        yield* this.#rowOf(found)
        return this.#drop(found.next)
      case 'fault':
        yield this.#faultAt(found.start, found.message)
        return this.#drop(found.next)
      case 'broken':
        if (this.#mode === 'row') yield this.#faultAt(found.start, found.message)
        this.#startSeeking(found)
        if (atEnd && found.end === this.#held.length) this.#brokenLine = null
        return
      case 'end':
        if (found.message !== null) yield this.#faultAt(found.start, found.message)
        this.#mode = 'over'
        return
      default:
        found satisfies never
    }
  }

  *#rowOf({ start, end }: { start: number; end: number }): Generator<SplitRow> {
    if (this.#mode === 'rest-of-row') this.#mode = 'row'
    else if (end - start > this.#maxRowBytes) yield this.#faultAt(start, this.#tooLong())
    else yield { line: this.#lineAt(start), bytes: this.#held.subarray(start, end) }
  }

  /** True where reading can go on at once, at a line that begins a row; else the rest of the row is passed over. */
  *#isTooLong(start: number): Generator<SplitRow, boolean> {
    if (this.#mode === 'row') {
      if (this.#held.length - start <= this.#maxRowBytes) return false
      yield this.#faultAt(start, this.#tooLong())
      if (this.#scanner.knowsStarts && this.#findStart(start) !== -1) {
        this.#startSeeking({ start, end: this.#held.length })
        return true
      }
    }
    this.#mode = 'rest-of-row'
    this.#drop(this.#held.length)
    this.#scanner.forget()
    return false
  }

  #startSeeking({ start, end }: { start: number; end: number }): void {
    this.#mode = 'seek'
    this.#brokenLine = this.#lineAt(start)
    this.#seekFrom = this.#rereadable < end - start ? end : start
    this.#rereadable -= end - start
  }

  /** Moves to the next line that may begin a row; false where none is held. */
  #seekStart(atEnd: boolean): boolean {
    const start = this.#findStart(this.#seekFrom)
    if (start === -1) {
      // A line whose beginning is not all here yet is looked at again.
      const lastNewline = atEnd ? -1 : this.#held.lastIndexOf(NEWLINE)
      const isShort = lastNewline >= this.#seekFrom && this.#held.length - lastNewline <= LINE_START_BYTES
      this.#drop(isShort ? lastNewline : this.#held.length)
      this.#seekFrom = 0
      return false
    }
    this.#drop(start)
    this.#scanner.restart()
    this.#mode = 'row'
    return true
  }

  #findStart(from: number): number {
    let newline = this.#held.indexOf(NEWLINE, from)
    while (newline !== -1 && newline + 1 < this.#held.length) {
      if (this.#scanner.mayStartAt(this.#held, newline + 1)) return newline + 1
      newline = this.#held.indexOf(NEWLINE, newline + 1)
    }
    return -1
  }

  *#giveUp(): Generator<SplitRow> {
    this.#mode = 'over'
    if (this.#brokenLine === null) return
    yield { line: this.#brokenLine, fault: { path: '', message: 'is followed by nothing that could be read as a row' } }
  }

  #drop(count: number): void {
    this.#line = this.#lineAt(count)
    this.#held = this.#held.subarray(count)
  }

  #lineAt(position: number): number {
    const before = this.#held.subarray(0, position)
    let line = this.#line
    for (let at = before.indexOf(NEWLINE); at !== -1; at = before.indexOf(NEWLINE, at + 1)) line += 1
    return line
  }

  #faultAt(position: number, message: string): SplitRow {
    return { line: this.#lineAt(position), fault: { path: '', message } }
  }

  #tooLong(): string {
    return `is longer than ${this.#maxRowBytes} bytes`
  }
}
