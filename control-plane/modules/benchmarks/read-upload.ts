import { isUtf8 } from 'node:buffer'
import { createCsvFieldsReader, detectDelimiter, type FieldsReading } from './read-csv-fields.ts'
import { readPromptRow, type PromptRow, type RowFault } from './prompt-content.ts'
import { createCsvScanner } from './scan-csv-records.ts'
import { createJsonArrayScanner } from './scan-json-array.ts'
import { createJsonLinesScanner } from './scan-json-lines.ts'
import { RowSplitter, type RowScanner, type SplitRow } from './split-rows.ts'
import { inBlocks } from './upload-blocks.ts'
import type { UploadFormat } from './upload-format.ts'

export interface UploadLimits {
  /** Rows read at most, good, bad and empty. */
  readonly maxRows: number
  readonly maxRowBytes: number
  readonly maxBytes: number
}

/** What holds where a caller sets no limit of its own: 200,000 rows of 1 MiB at most, 100 MiB together. */
export const UPLOAD_LIMITS: UploadLimits = { maxRows: 200_000, maxRowBytes: 1_048_576, maxBytes: 104_857_600 }

/** One row of a file, by the line, from 1, on which it begins: the prompt, or what is wrong with it. */
export type UploadedRow =
  | { readonly line: number; readonly row: PromptRow }
  | { readonly line: number; readonly fault: RowFault }

/**
 * Reads prompts from a file while it arrives. What is held at a time is one block and one row, whatever the file's
 * size. Each bad row is reported and the good ones are given; a file without any row is reported as such. Where a limit
 * is reached, what was read stands, a last fault says so, and the stream is let go. What breaks off the stream is
 * thrown on.
 *
 * @param stream the file's bytes, UTF-8, with or without a byte order mark
 */
export async function* readUpload(
  stream: AsyncIterable<Uint8Array>,
  format: UploadFormat,
  limits: Partial<UploadLimits> = {},
): AsyncGenerator<UploadedRow, void, undefined> {
  const reader = new UploadReader(createRowFormat(format), { ...UPLOAD_LIMITS, ...limits })
  for await (const block of inBlocks(stream)) {
    for (const row of reader.take(block)) yield row
    if (reader.isOver) return
  }
  for (const row of reader.finish()) yield row
}

class UploadReader {
  readonly #format: RowFormat
  readonly #limits: UploadLimits
  readonly #splitter: RowSplitter
  #bytes = 0
  #rows = 0
  #isEmpty = true
  #stopped = false

  constructor(format: RowFormat, limits: UploadLimits) {
    this.#format = format
    this.#limits = limits
    this.#splitter = new RowSplitter(format.scanner, limits.maxRowBytes)
  }

  get isOver(): boolean {
    return this.#stopped || this.#splitter.isOver
  }

  *take(block: Buffer): Generator<UploadedRow> {
    const isFirst = this.#bytes === 0
    this.#bytes += block.length
    if (isFirst && isUtf16(block)) return yield this.#stop(1, 'must be UTF-8; the file is UTF-16')
    if (this.#bytes > this.#limits.maxBytes) {
      const message = `is where reading ends: the file is longer than ${this.#limits.maxBytes} bytes`
      return yield this.#stop(this.#splitter.line, message)
    }
    yield* this.#read(this.#splitter.take(isFirst ? withoutMark(block) : block))
  }

  *finish(): Generator<UploadedRow> {
    yield* this.#read(this.#splitter.finish())
    if (this.#isEmpty && !this.#stopped) yield this.#stop(1, 'is missing: the file holds no rows')
  }

  *#read(found: Iterable<SplitRow>): Generator<UploadedRow> {
    for (const split of found) {
      const { line } = split
      const reading = 'fault' in split ? { type: 'fault' as const, fault: split.fault } : this.#fieldsOf(split.bytes)
      if (reading.type === 'header') continue
      if (this.#rows === this.#limits.maxRows) {
        return yield this.#stop(line, `is where reading ends: the file has more than ${this.#rows} rows`)
      }
      this.#rows += 1
      if (reading.type === 'empty') continue
      this.#isEmpty = false
      this.#stopped = reading.type === 'refused'
      if (reading.type === 'fields') yield { line, ...readPromptRow(reading.fields) }
      else yield { line, fault: reading.fault }
      if (this.#stopped) return
    }
  }

  #fieldsOf(bytes: Buffer): FieldsReading {
    if (!isUtf8(bytes)) return { type: 'fault', fault: { path: '', message: 'is not UTF-8' } }
    return this.#format.readFields(bytes.toString('utf8'))
  }

  #stop(line: number, message: string): UploadedRow {
    this.#stopped = true
    return { line, fault: { path: '', message } }
  }
}

interface RowFormat {
  readonly scanner: RowScanner
  readonly readFields: (row: string) => FieldsReading
}

function createRowFormat(format: UploadFormat): RowFormat {
  switch (format) {
    case 'jsonl':
      return { scanner: createJsonLinesScanner(), readFields: parseJson }
    case 'json':
      return { scanner: createJsonArrayScanner(), readFields: parseJson }
    case 'csv': {
      let delimiter: ReturnType<typeof detectDelimiter> = ','
      const scanner = createCsvScanner((firstBytes) => (delimiter = detectDelimiter(firstBytes)))
      return { scanner, readFields: createCsvFieldsReader(() => delimiter) }
    }
    default:
      return format satisfies never
  }
}

function parseJson(row: string): FieldsReading {
  try {
    return { type: 'fields', fields: JSON.parse(row) as unknown }
  } catch (error) {
    return { type: 'fault', fault: { path: '', message: `is not JSON: ${(error as SyntaxError).message}` } }
  }
}

function withoutMark(block: Buffer): Buffer {
  return block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf ? block.subarray(3) : block
}

function isUtf16(block: Buffer): boolean {
  return (block[0] === 0xff && block[1] === 0xfe) || (block[0] === 0xfe && block[1] === 0xff)
}
