/*
 * Updates and deletes of one statement, shared by `update`, `delete`, `findAndModify` and `bulkWrite`. The rows to change are
 * found first and changed after, so that no document is met twice because its change moved it in the index being read.
 */
import type { Filter } from '../query/filter-types.ts'
import { documentOf, type Match, type QueryRequest, runQuery } from '../query/run-query.ts'
import { insertDocument, readDocument, removeDocument, replaceDocument } from '../storage/collection.ts'
import type { Collection } from '../storage/collection-record.ts'
import { decode, encode, type Fields } from '../values/bson-values.ts'
import type { MatchDetails } from '../query/paths.ts'
import type { Update } from '../update/compile-update.ts'
import { upsertedDocument } from '../update/upsert.ts'
import { checkValid } from './validation.ts'

export interface UpdateStatement {
  query: QueryRequest
  update: Update
  multi: boolean
  upsert: boolean
  bypass: boolean
  now: Date
}

export interface UpdateOutcome {
  matched: number
  modified: number
  upserted?: Fields
}

/** Runs one update statement. */
export function updateStatement(collection: Collection, statement: UpdateStatement): UpdateOutcome {
  const { query, multi, upsert } = statement
  let matched = 0
  let modified = 0
  for (const match of targets(collection, query, multi)) {
    matched++
    if (updateMatch(collection, match, statement).modified) modified++
  }
  if (matched > 0 || !upsert) return { matched, modified }
  return { matched: 0, modified: 0, upserted: insertUpsert(collection, statement) }
}

/** Applies an update to a document that matched, and stores it if anything changed. */
export function updateMatch(
  collection: Collection,
  match: Match,
  { query, update, bypass, now }: Pick<UpdateStatement, 'query' | 'update' | 'bypass' | 'now'>,
): { modified: boolean; before: Fields; after: Fields } {
  const before = documentOf(match)
  const matchedIndex = match.matchedIndex ?? matchedIndexOf(query.filter, before)
  const after = update.apply(before, { matchedIndex, inserting: false, now })
  if (Buffer.compare(encode(after), match.bytes) === 0) return { modified: false, before, after }
  if (!bypass) checkValid(collection, after, before)
  replaceDocument(collection, match.id, { before, after })
  return { modified: true, before, after }
}

function matchedIndexOf(filter: Filter, document: Fields): number | undefined {
  const details: MatchDetails = {}
  filter.test(document, details)
  return details.index
}

/** Inserts what an upsert makes of its filter and update. */
export function insertUpsert(
  collection: Collection,
  { query, update, bypass, now }: Pick<UpdateStatement, 'query' | 'update' | 'bypass' | 'now'>,
): Fields {
  const document = upsertedDocument(query.filter, update, now)
  if (!bypass) checkValid(collection, document)
  insertDocument(collection, document)
  return document
}

/** Removes a document that matched. */
export function removeMatch(collection: Collection, match: Match): void {
  removeDocument(collection, match.id, documentOf(match))
}

/** Removes the first match, or all of them; answers how many. */
export function deleteStatement(collection: Collection, query: QueryRequest, multi: boolean): number {
  let removed = 0
  for (const match of targets(collection, query, multi)) {
    removeMatch(collection, match)
    removed++
  }
  return removed
}

function* targets(collection: Collection, query: QueryRequest, multi: boolean): Generator<Match> {
  if (!multi) {
    // Stop reading before the write: the first match is all there is.
    const [first] = runQuery(collection, { ...query, limit: 1 })
    if (first) yield first
    return
  }
  const rows = [...rowNumbers(collection, query)]
  for (const id of rows) {
    const bytes = readDocument(collection, id)
    if (bytes) yield { id, bytes, document: decode(bytes) }
  }
}

function* rowNumbers(collection: Collection, query: QueryRequest): Generator<number> {
  for (const match of runQuery(collection, query, { keysOnly: true })) yield match.id
}
