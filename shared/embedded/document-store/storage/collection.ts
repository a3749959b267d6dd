/*
 * One collection: a table of BSON documents by row number (natural order), and one table of ordered keys per index. A write
 * checks every unique index before it changes anything, so a refused document leaves no trace and needs no savepoint.
 */
import { CommandError } from '../errors.ts'
import type { OpenIndex } from '../indexes/open-index.ts'
import { decode, encode, type Fields, MAX_DOCUMENT_BYTES } from '../values/bson-values.ts'
import { checkAlive, type Collection, documentTable, type Row } from './collection-record.ts'
import { addKeys, checkUnique, removeKeys } from './index-table.ts'

export interface RowPosition {
  after: number | undefined
  backwards: boolean
  limit: number
}

const FILL_BATCH = 500

/** The number of documents. */
export function countDocuments(collection: Collection): number {
  const [primary] = collection.indexes
  collection.documents ??= scalar(collection, `SELECT count(*) FROM ${primary?.table ?? documentTable(collection)}`)
  return collection.documents
}

/** Stores a new document; `bytes` are kept as they are when the caller has them. */
export function insertDocument(collection: Collection, document: Fields, bytes?: Uint8Array): void {
  const stored = checkSize(bytes ?? encode(document))
  const documents = countDocuments(collection)
  collection.nextRow ??= scalar(collection, `SELECT coalesce(max(id), 0) FROM ${documentTable(collection)}`) + 1
  const row = collection.nextRow
  const keyed = collection.indexes.map((index) => ({ index, keys: index.keysOf(document) }))
  for (const { index, keys } of keyed) checkUnique(collection, index, { keys, row })
  collection.file.change(`INSERT INTO ${documentTable(collection)} (id, document) VALUES (?, ?)`, row, stored)
  for (const { index, keys } of keyed) addKeys(collection, index, { keys, row })
  collection.nextRow = row + 1
  collection.documents = documents + 1
}

/** Puts a new version of a document in its place. */
export function replaceDocument(collection: Collection, row: number, change: { before: Fields; after: Fields }): void {
  const stored = checkSize(encode(change.after))
  const keyed = collection.indexes.map((index) => {
    const before = index.keysOf(change.before)
    const after = index.keysOf(change.after)
    return { index, before, after, same: sameKeys(before.keys, after.keys) }
  })
  const changed = keyed.filter((one) => !one.same)
  for (const { index, after } of changed) checkUnique(collection, index, { keys: after, row })
  collection.file.change(`UPDATE ${documentTable(collection)} SET document = ? WHERE id = ?`, stored, row)
  for (const { index, before, after } of changed) {
    removeKeys(collection, index, { keys: before, row })
    addKeys(collection, index, { keys: after, row })
  }
}

/** Takes a document out. */
export function removeDocument(collection: Collection, row: number, document: Fields): void {
  const documents = countDocuments(collection)
  collection.file.change(`DELETE FROM ${documentTable(collection)} WHERE id = ?`, row)
  for (const index of collection.indexes) removeKeys(collection, index, { keys: index.keysOf(document), row })
  collection.documents = documents - 1
}

/** The bytes of the document in a row. */
export function readDocument(collection: Collection, row: number): Uint8Array | undefined {
  const found = collection.file.statement(`SELECT document FROM ${documentTable(collection)} WHERE id = ?`).get(row)
  return found ? (found as unknown as [Uint8Array])[0] : undefined
}

/** The next documents in natural order after a row, or before it when going backwards. */
export function readRows(collection: Collection, { after, backwards, limit }: RowPosition): Row[] {
  checkAlive(collection)
  const [operator, order] = backwards ? ['<', 'DESC'] : ['>', 'ASC']
  const start = after ?? (backwards ? Number.MAX_SAFE_INTEGER : 0)
  const rows = collection.file
    .statement(
      `SELECT id, document FROM ${documentTable(collection)} WHERE id ${operator} ? ORDER BY id ${order} LIMIT ?`,
    )
    .all(start, limit) as unknown as [number, Uint8Array][]
  return rows.map(([id, bytes]) => ({ id, bytes }))
}

/** Adds every stored document to an index that was just made. */
export function fillIndex(collection: Collection, index: OpenIndex): void {
  let after: number | undefined
  for (;;) {
    const rows = readRows(collection, { after, backwards: false, limit: FILL_BATCH })
    for (const { id, bytes } of rows) {
      const keys = index.keysOf(decode(bytes))
      checkUnique(collection, index, { keys, row: id })
      addKeys(collection, index, { keys, row: id })
    }
    if (rows.length < FILL_BATCH) return
    after = rows.at(-1)?.id
  }
}

/** The bytes of all documents together. */
export function dataBytes(collection: Collection): number {
  return scalar(collection, `SELECT coalesce(sum(length(document)), 0) FROM ${documentTable(collection)}`)
}

function scalar(collection: Collection, sql: string): number {
  return Number((collection.file.statement(sql).get() as unknown as [number])[0])
}

function sameKeys(before: Buffer[], after: Buffer[]): boolean {
  return before.length === after.length && before.every((key, at) => key.equals(after[at] ?? Buffer.alloc(0)))
}

function checkSize(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new CommandError(
      10334,
      `BSONObj size: ${bytes.length} (0x${bytes.length.toString(16).toUpperCase()}) is invalid. Size must be between 0 and 16793600(16MB)`,
    )
  }
  return bytes
}
