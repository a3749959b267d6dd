import { CommandError } from '../errors.ts'
import type { IndexKeys, OpenIndex } from '../indexes/open-index.ts'
import type { Fields, Value } from '../values/bson-values.ts'
import { EMPTY_ARRAY } from '../indexes/key-values.ts'
import { shellText } from '../values/shell-text.ts'
import { checkAlive, type Collection, documentTable, type Row } from './collection-record.ts'

interface RowKeys {
  keys: IndexKeys
  row: number
}

/** One entry of an index with its document. */
export interface Entry extends Row {
  key: Uint8Array
}

export interface KeyPosition {
  from: Uint8Array
  to: Uint8Array
  after: { key: Uint8Array; row: number } | undefined
  backwards: boolean
  limit: number
  /** Whether only keys and rows are wanted, and no document need be read. */
  keysOnly: boolean
}

const NO_DOCUMENT = new Uint8Array()

export interface CountRange {
  segments: { from: Uint8Array; to: Uint8Array }[]
  limit: number
}

/** The statement that makes an index's table: its key order is the index. */
export function createIndexTable(index: OpenIndex): string {
  const primaryKey = index.definition.unique ? 'key' : 'key, row'
  return `CREATE TABLE ${index.table} (key BLOB NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (${primaryKey})) WITHOUT ROWID`
}

/** Throws MongoDB's duplicate key error when another document has one of the keys. */
export function checkUnique(collection: Collection, index: OpenIndex, { keys, row }: RowKeys): void {
  if (!index.definition.unique) return
  const find = collection.file.statement(`SELECT row FROM ${index.table} WHERE key = ?`)
  for (const [at, key] of keys.keys.entries()) {
    const holder = find.get(key) as unknown as [number] | undefined
    if (holder && holder[0] !== row) throw duplicateKeyError(collection, index, keys.valuesOf(at))
  }
}

/** Adds a document's keys. */
export function addKeys(collection: Collection, index: OpenIndex, { keys, row }: RowKeys): void {
  if (keys.multikey && !index.multikey) {
    index.multikey = true
    collection.file.change('UPDATE indexes SET multikey = 1 WHERE id = ?', index.id)
  }
  for (const key of keys.keys) collection.file.change(`INSERT INTO ${index.table} (key, row) VALUES (?, ?)`, key, row)
}

/** Removes a document's keys. */
export function removeKeys(collection: Collection, index: OpenIndex, { keys, row }: RowKeys): void {
  for (const key of keys.keys) {
    collection.file.change(`DELETE FROM ${index.table} WHERE key = ? AND row = ?`, key, row)
  }
}

/** The next entries of an index within bounds: from inclusive, to exclusive, continuing after the last one seen. */
export function readEntries(collection: Collection, index: OpenIndex, position: KeyPosition): Entry[] {
  checkAlive(collection)
  const { from, to, after, backwards, limit, keysOnly } = position
  const order = backwards ? 'DESC' : 'ASC'
  const beyond = backwards ? '<' : '>'
  const document = keysOnly ? 'NULL' : 'd.document'
  const join = keysOnly ? '' : `CROSS JOIN ${documentTable(collection)} d ON d.id = i.row`
  const sql =
    `SELECT i.key, i.row, ${document} FROM ${index.table} i ${join} ` +
    `WHERE i.key >= ? AND i.key < ? ${after ? `AND (i.key, i.row) ${beyond} (?, ?)` : ''} ` +
    `ORDER BY i.key ${order}, i.row ${order} LIMIT ?`
  const resume = after ? [after.key, after.row] : []
  const rows = collection.file.statement(sql).all(from, to, ...resume, limit) as unknown as [
    Uint8Array,
    number,
    Uint8Array | null,
  ][]
  return rows.map(([key, id, bytes]) => ({ key, id, bytes: bytes ?? NO_DOCUMENT }))
}

/** The number of entries within bounds, counted without reading a document and no further than the limit. */
export function countEntriesUpTo(collection: Collection, index: OpenIndex, range: CountRange): number {
  const sql = `SELECT count(*) FROM (SELECT 1 FROM ${index.table} WHERE key >= ? AND key < ? LIMIT ?)`
  const statement = collection.file.statement(sql)
  let counted = 0
  for (const { from, to } of range.segments) {
    if (counted >= range.limit) break
    counted += Number((statement.get(from, to, range.limit - counted) as unknown as [number])[0])
  }
  return counted
}

/** Whether an index holds a key of a row. */
export function hasEntry(
  collection: Collection,
  index: OpenIndex,
  { key, row }: { key: Uint8Array; row: number },
): boolean {
  return collection.file.statement(`SELECT 1 FROM ${index.table} WHERE key = ? AND row = ?`).get(key, row) !== undefined
}

/** MongoDB's E11000 for the values of one index entry. */
export function duplicateKeyError(collection: Collection, index: OpenIndex, values: Value[]): CommandError {
  const { definition } = index
  const keyValue: Fields = {}
  for (const [at, field] of definition.fields.entries()) {
    const value = values[at]
    keyValue[field.path] = value === undefined || value === EMPTY_ARRAY ? null : value
  }
  const collation = definition.collation ? ` collation: ${shellText(definition.collation)}` : ''
  return new CommandError(
    11000,
    `E11000 duplicate key error collection: ${collection.namespace} index: ${definition.name}${collation} dup key: ${shellText(keyValue)}`,
    { keyPattern: definition.key, keyValue },
  )
}
