import { JsonElementScanner } from './scan-json-element.ts'
import type { RowScanner, Scanned } from './split-rows.ts'

const COMMA = 0x2c
const NEWLINE = 0x0a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const LAST_SPACE = 0x20

/** An indentation longer than this is not taken for how rows begin. */
const MAX_INDENTATION = 128

const NOT_AN_ARRAY = 'must be a JSON array of rows; a file with one object a line is JSONL'
const ENDS_EARLY = 'is where the file ends, before its array does'

/**
 * Rows of a JSON file: the elements of its one array. A row ends where its brackets do, so a comma missing between
 * two rows does no harm. After brackets that do not match, or a text that runs over its line's end, reading goes on at
 * the next line that begins as rows of this file begin: as far from the margin, with `{`.
 */
export function createJsonArrayScanner(): RowScanner {
  const element = new JsonElementScanner()
  let phase: 'before' | 'between' | 'element' | 'after' = 'before'
  /** After a comma a row must follow, and before a comma one must have stood. */
  let expects: 'first-row' | 'row' | 'comma' = 'first-row'
  let indentation: Buffer = Buffer.alloc(0)

  const scan = (held: Buffer, atEnd: boolean): Scanned => {
    if (phase === 'element') return scanElement(held, atEnd)
    const start = firstVisible(held)
    if (start === held.length) return atEnd ? endAt(start) : beforeVisible(held)
    if (phase === 'before') return open(held, start)
    if (phase === 'after') return { type: 'end', start, message: 'stands after the array’s end and is not read' }
    return scanBetween({ held, start, atEnd })
  }

  const endAt = (start: number): Scanned => {
    return { type: 'end', start, message: phase === 'between' ? ENDS_EARLY : null }
  }

  const open = (held: Buffer, start: number): Scanned => {
    if (held[start] !== OPEN_ARRAY) return { type: 'end', start, message: NOT_AN_ARRAY }
    phase = 'between'
    return { type: 'skip', next: start + 1 }
  }

  const scanBetween = ({ held, start, atEnd }: { held: Buffer; start: number; atEnd: boolean }): Scanned => {
    const byte = held[start]
    if (byte === COMMA || byte === CLOSE_ARRAY) {
      const isMissing = byte === COMMA ? expects !== 'comma' : expects === 'row'
      expects = 'row'
      if (byte === CLOSE_ARRAY) phase = 'after'
      if (!isMissing) return { type: 'skip', next: start + 1 }
      return { type: 'fault', start, next: start + 1, message: 'has a comma too many' }
    }
    if (byte === CLOSE_OBJECT) return { type: 'fault', start, next: start + 1, message: 'closes what nothing opened' }
    indentation = indentationAt(held, start) ?? indentation
    phase = 'element'
    element.begin(start)
    return scanElement(held, atEnd)
  }

  const scanElement = (held: Buffer, atEnd: boolean): Scanned => {
    const found = element.scan(held, atEnd)
    if (found.type === 'row') {
      phase = 'between'
      expects = 'comma'
    }
    return found
  }

  return {
    scan,
    forget: () => element.forget(),
    restart: () => {
      phase = 'between'
      expects = 'comma'
    },
    mayStartAt: (held, at) => {
      const brace = at + indentation.length
      return held[brace] === OPEN_OBJECT && indentation.equals(held.subarray(at, brace))
    },
    knowsStarts: true,
  }
}

function firstVisible(held: Buffer): number {
  let index = 0
  while (index < held.length && (held[index] ?? 0) <= LAST_SPACE) index += 1
  return index
}

/** Nothing but white space is held: what may be the next row's indentation is kept. */
function beforeVisible(held: Buffer): Scanned {
  const lineStart = held.lastIndexOf(NEWLINE)
  const next = lineStart === -1 || held.length - lineStart > MAX_INDENTATION ? held.length : lineStart
  return next === 0 ? { type: 'more', start: 0 } : { type: 'skip', next }
}

function indentationAt(held: Buffer, start: number): Buffer | null {
  const lineStart = start === 0 ? -1 : held.lastIndexOf(NEWLINE, start - 1)
  if (lineStart === -1 || start - lineStart > MAX_INDENTATION) return null
  return Buffer.from(held.subarray(lineStart + 1, start))
}
