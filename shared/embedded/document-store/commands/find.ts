import { takeBatch } from '../cursors.ts'
import { CommandError } from '../errors.ts'
import { compileFilter } from '../query/filter.ts'
import type { Filter, QueryContext } from '../query/filter-types.ts'
import { compileProjection, type Projection } from '../query/projection.ts'
import { documentOf, type Match, type QueryRequest, runQuery } from '../query/run-query.ts'
import { parseSort } from '../query/sort.ts'
import type { Collection } from '../storage/collection-record.ts'
import { encode, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import type { CursorReply, Reply } from '../wire-protocol/reply-document.ts'
import {
  collectionName,
  type Command,
  countArgument,
  documentArgument,
  findCollection,
  queryContext,
  type Store,
} from './command.ts'

const FIRST_BATCH = 101

/** The `find` command. */
export function find(command: Command, store: Store): Reply {
  const namespace = `${command.database}.${collectionName(command)}`
  const collection = findCollection(command, store)
  const { request, projection } = parseFind(command, collection)
  const documents = collection ? projected(runQuery(collection, request), projection) : [][Symbol.iterator]()
  return openCursor(store, { namespace, documents, limit: request.limit, command })
}

/** A find command's arguments, compiled. */
export function parseFind(
  command: Command,
  collection: Collection | undefined,
): { request: QueryRequest; projection: Projection | undefined; context: QueryContext } {
  const { body } = command
  const context = queryContext(body, collection)
  const filter: Filter = compileFilter(documentArgument(command, 'filter'), context)
  const request: QueryRequest = {
    filter,
    sort: parseSort(body['sort']),
    hint: body['hint'],
    skip: countArgument(command, 'skip'),
    limit: countArgument(command, 'limit'),
    collation: context.collation,
  }
  if (body['tailable'] === true)
    throw new CommandError(2, 'error processing query: tailable cursor requested on non capped collection')
  return { request, projection: compileProjection(body['projection'], { context, find: true }), context }
}

function* projected(matches: Iterable<Match>, projection: Projection | undefined): Generator<Uint8Array> {
  for (const match of matches) {
    yield projection ? encode(projection(documentOf(match), match.matchedIndex)) : match.bytes
  }
}

interface NewCursor {
  namespace: string
  documents: Iterator<Uint8Array>
  limit: number
  command: Command
}

/** Answers with the first batch, and keeps what is left under a cursor. */
export function openCursor(store: Store, { namespace, documents, limit, command }: NewCursor): CursorReply {
  const { body } = command
  const batchSize = batchSizeOf(command, body['cursor'])
  const batch = takeBatch(documents, limit > 0 ? Math.min(batchSize, limit) : batchSize)
  const done = batch.done || body['singleBatch'] === true || (limit > 0 && batch.documents.length >= limit)
  const id = done ? 0n : store.cursors.open(namespace, documents, body['noCursorTimeout'] === true)
  return { type: 'cursor', batchName: 'firstBatch', documents: batch.documents, id, namespace }
}

function batchSizeOf(command: Command, cursor: Value): number {
  const source =
    command.name === 'find' ? command.body['batchSize'] : (cursor as { batchSize?: Value } | undefined)?.batchSize
  if (source === undefined || source === null) return FIRST_BATCH
  if (!isNumeric(source)) throw new CommandError(14, `BSON field 'batchSize' is the wrong type`)
  const size = toNumber(source)
  if (size < 0) throw new CommandError(51024, `BSON field 'batchSize' value must be >= 0, actual value '${size}'`)
  return size
}
