import type { RowScanner, Scanned } from './split-rows.ts'

const NEWLINE = 0x0a
const LAST_SPACE = 0x20

/** Rows of JSONL: one a line. Lines of nothing but white space are no rows. */
export function createJsonLinesScanner(): RowScanner {
  let position = 0

  const scan = (held: Buffer, atEnd: boolean): Scanned => {
    const blank = blankLines(held)
    if (blank > 0) {
      position = 0
      return { type: 'skip', next: blank }
    }
    const newline = held.indexOf(NEWLINE, position)
    if (newline === -1 && !atEnd) {
      position = held.length
      return { type: 'more', start: 0 }
    }
    position = 0
    if (newline !== -1) return { type: 'row', start: 0, end: newline, next: newline + 1 }
    if (isBlank(held)) return { type: 'end', start: 0, message: null }
    return { type: 'row', start: 0, end: held.length, next: held.length }
  }

  const rewind = (): void => {
    position = 0
  }
  return { scan, forget: rewind, restart: rewind, mayStartAt: () => true, knowsStarts: false }
}

/** How many bytes the lines take that come first and hold nothing. */
function blankLines(held: Buffer): number {
  const visible = firstVisible(held)
  return visible === 0 ? 0 : held.lastIndexOf(NEWLINE, visible - 1) + 1
}

function isBlank(held: Buffer): boolean {
  return firstVisible(held) === held.length
}

function firstVisible(held: Buffer): number {
  let index = 0
  while (index < held.length && (held[index] ?? 0) <= LAST_SPACE) index += 1
  return index
}
