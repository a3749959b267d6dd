import type { RowScanner, Scanned } from './split-rows.ts'

const QUOTE = 0x22
const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * Records of a CSV file as RFC 4180 has them: fields in quotes may hold delimiters, line ends and doubled quotes. A
 * quote inside a field without quotes is an ordinary character here. After a quote that closes nothing properly,
 * reading goes on at the line after the one on which the record began; a record that the file's end cuts is lost whole,
 * since the lines of a cut text would pass for records.
 *
 * @param delimiter of one byte; asked when the first bytes are scanned
 */
export function createCsvScanner(delimiter: (firstBytes: Buffer) => string): RowScanner {
  let delimiterByte: number | undefined
  let position = 0
  let place: 'field-start' | 'unquoted' | 'quoted' | 'quote' | 'return' = 'field-start'

  const restart = (): void => {
    position = 0
    place = 'field-start'
  }

  /** Where the record ends: its line end, or null where what is held does not tell. Moves `place` along. */
  const findEnd = (held: Buffer): Scanned | null => {
    let now = place
    let index = position
    for (; index < held.length; index += 1) {
      if (now === 'quoted') {
        const quote = held.indexOf(QUOTE, index)
        if (quote === -1) break
        index = quote
        now = 'quote'
        continue
      }
      const byte = held[index]
      if (byte === NEWLINE) return recordUpTo(held, index)
      if (byte === delimiterByte && now !== 'return') now = 'field-start'
      else if (now === 'quote' && byte === QUOTE) now = 'quoted'
      else if (now === 'quote' && byte === RETURN) now = 'return'
      else if (now === 'quote' || now === 'return') return misquoted(index)
      else now = now === 'field-start' && byte === QUOTE ? 'quoted' : 'unquoted'
    }
    place = now
    position = held.length
    return null
  }

  const scan = (held: Buffer, atEnd: boolean): Scanned => {
    delimiterByte ??= delimiter(held).charCodeAt(0)
    const found = findEnd(held)
    if (found === null && !atEnd) return { type: 'more', start: 0 }
    if (found === null && place === 'quoted') {
      return { type: 'end', start: 0, message: 'is cut: the file ends inside a quoted field' }
    }
    restart()
    if (found !== null) return found
    return held.length === 0 ? { type: 'end', start: 0, message: null } : recordUpTo(held, held.length)
  }

  const forget = (): void => {
    position = 0
  }
  return { scan, forget, restart, mayStartAt: () => true, knowsStarts: false }
}

function misquoted(end: number): Scanned {
  return { type: 'broken', start: 0, end, message: 'has a quote that neither closes a field nor is doubled' }
}

function recordUpTo(held: Buffer, lineEnd: number): Scanned {
  const end = held[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd
  const next = Math.min(lineEnd + 1, held.length)
  return end <= 0 ? { type: 'skip', next: pastEmptyLines(held, next) } : { type: 'row', start: 0, end, next }
}

function pastEmptyLines(held: Buffer, from: number): number {
  let next = from
  while (held[next] === NEWLINE || (held[next] === RETURN && held[next + 1] === NEWLINE)) next += 1
  return next
}
