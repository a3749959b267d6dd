import { CsvError, parse } from 'csv-parse/sync'
import type { RowFault } from './prompt-content.ts'

export type FieldsReading =
  | { readonly type: 'fields'; readonly fields: unknown }
  | { readonly type: 'fault'; readonly fault: RowFault }
  /** A row that says how to read the others. */
  | { readonly type: 'header' }
  /** A row of nothing but delimiters. */
  | { readonly type: 'empty' }
  /** Nothing after this can be read. */
  | { readonly type: 'refused'; readonly fault: RowFault }

const DELIMITERS = [',', ';', '\t'] as const
type Delimiter = (typeof DELIMITERS)[number]

const COLUMNS = ['messages', 'prompt', 'expected_output', 'system', 'metadata'] as const
type Column = (typeof COLUMNS)[number]

/** The cells of a record by their columns; an empty cell is none. */
type Cells = ReadonlyMap<Column, string>

/**
 * The delimiter under which most columns of a file's first line have names that mean something here.
 *
 * @param firstBytes the file's first line and any more
 */
export function detectDelimiter(firstBytes: Buffer): Delimiter {
  const [firstLine = ''] = firstBytes.toString('utf8').split('\n', 1)
  const known = DELIMITERS.map((delimiter) => {
    const names = firstLine.split(delimiter).map((name) => toColumnName(name.trim().replaceAll(/^"|"$/g, '')))
    return { delimiter, count: COLUMNS.filter((column) => names.includes(column)).length }
  })
  return known.reduce((best, next) => (next.count > best.count ? next : best)).delimiter
}

/**
 * Reads the records of a CSV file, the header first, into the fields of a prompt: `messages` holds JSON, or `prompt` a
 * user's plain text; `expected_output`, `system` and `metadata` (JSON) may be there. Other columns are passed over.
 *
 * @param delimiter asked when the first record is read
 */
export function createCsvFieldsReader(delimiter: () => Delimiter): (record: string) => FieldsReading {
  let columns: readonly string[] | null = null

  return (record) => {
    const cells = readCells(record, delimiter())
    if (columns === null) {
      if (!Array.isArray(cells)) return { type: 'refused', fault: cells }
      columns = cells.map(toColumnName)
      const fault = headerFault(columns)
      return fault === null ? { type: 'header' } : { type: 'refused', fault }
    }
    if (!Array.isArray(cells)) return { type: 'fault', fault: cells }
    if (cells.every((cell) => cell === '')) return { type: 'empty' }
    if (cells.length !== columns.length) {
      return fault('', `has ${cells.length} fields where the header has ${columns.length}`)
    }
    return toFields(byColumn(columns, cells))
  }
}

function readCells(record: string, delimiter: Delimiter): string[] | RowFault {
  try {
    const [cells = []] = parse(record, { delimiter, record_delimiter: '\n', relax_column_count: true })
    return cells
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return { path: '', message: 'has a quote inside a field that does not begin with one' }
  }
}

function toColumnName(cell: string): string {
  return cell.trim().toLowerCase()
}

function headerFault(columns: readonly string[]): RowFault | null {
  if (!columns.includes('messages') && !columns.includes('prompt')) {
    return { path: '', message: 'must be a header with a column messages or prompt' }
  }
  const twice = COLUMNS.find((column) => columns.indexOf(column) !== columns.lastIndexOf(column))
  return twice === undefined ? null : { path: twice, message: 'is the name of two columns' }
}

function byColumn(columns: readonly string[], cells: readonly string[]): Cells {
  const read = COLUMNS.map((column) => [column, cells[columns.indexOf(column)] ?? ''] as const)
  return new Map(read.filter(([, cell]) => cell !== ''))
}

function toFields(cells: Cells): FieldsReading {
  const messages = toMessages(cells)
  if (messages.type === 'fault') return messages
  const metadata = parseCell(cells, 'metadata')
  if (metadata.type === 'fault') return metadata
  const expected = cells.get('expected_output')
  return {
    type: 'fields',
    fields: { messages: messages.value, metadata: metadata.value, expected_output: expected },
  }
}

type Reading = { readonly type: 'value'; readonly value: unknown } | ReturnType<typeof fault>

function toMessages(cells: Cells): Reading {
  const system = cells.get('system')
  const prompt = cells.get('prompt')
  const first = system === undefined ? [] : [{ role: 'system', content: system }]
  if (!cells.has('messages')) {
    if (prompt === undefined) return fault('messages', 'is required')
    return { type: 'value', value: [...first, { role: 'user', content: prompt }] }
  }
  if (prompt !== undefined) return fault('prompt', 'cannot be given together with messages')
  const messages = parseCell(cells, 'messages')
  if (messages.type === 'fault' || !Array.isArray(messages.value)) return messages
  return { type: 'value', value: [...first, ...(messages.value as unknown[])] }
}

function parseCell(cells: Cells, column: Column): Reading {
  const cell = cells.get(column)
  if (cell === undefined) return { type: 'value', value: undefined }
  try {
    return { type: 'value', value: JSON.parse(cell) as unknown }
  } catch {
    return fault(column, 'must be JSON')
  }
}

function fault(path: string, message: string): { readonly type: 'fault'; readonly fault: RowFault } {
  return { type: 'fault', fault: { path, message } }
}
