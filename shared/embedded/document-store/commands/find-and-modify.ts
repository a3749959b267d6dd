import { CommandError } from '../errors.ts'
import { compileProjection, type Projection } from '../query/projection.ts'
import { documentOf, type QueryRequest, runQuery } from '../query/run-query.ts'
import type { Collection } from '../storage/collection-record.ts'
import { compileUpdate } from '../update/compile-update.ts'
import type { Fields } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { collectionName, type Command, type Store } from './command.ts'
import { insertUpsert, removeMatch, updateMatch, type UpdateStatement } from './write-one.ts'
import { statementContext, statementQuery, writeTargetOf } from './statements.ts'

/** The `findAndModify` command. */
export function findAndModify(command: Command, store: Store): Reply {
  const { body } = command
  const upsert = body['upsert'] === true
  checkArguments(body)
  const collection = writeTargetOf(store, { database: command.database, name: collectionName(command), create: upsert })
  const context = statementContext(command, body, collection)
  const query = { ...statementQuery(command, { ...body, q: body['query'] ?? {} }, collection), limit: 1 }
  const projection = compileProjection(body['fields'], { context, find: true })
  if (body['remove'] === true) return removeFirst(collection, query, projection)
  const statement: Statement = {
    query,
    update: compileUpdate(body['update'], body['arrayFilters'], context),
    bypass: body['bypassDocumentValidation'] === true,
    now: store.now(),
  }
  return updateFirst(collection, statement, { upsert, returnNew: body['new'] === true, projection })
}

type Statement = Pick<UpdateStatement, 'query' | 'update' | 'bypass' | 'now'>

function checkArguments(body: Fields): void {
  const removing = body['remove'] === true
  if (removing && body['update'] !== undefined)
    throw new CommandError(9, 'Cannot specify both an update and remove=true')
  if (removing && body['upsert'] === true) throw new CommandError(9, 'Cannot specify both upsert=true and remove=true')
  if (removing && body['new'] === true) {
    throw new CommandError(
      9,
      "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
    )
  }
  if (removing && body['arrayFilters'] !== undefined)
    throw new CommandError(9, 'Cannot specify arrayFilters and remove=true')
  if (!removing && body['update'] === undefined)
    throw new CommandError(9, 'Either an update or remove=true must be specified')
}

function removeFirst(
  collection: Collection | undefined,
  query: QueryRequest,
  projection: Projection | undefined,
): Reply {
  const [match] = collection ? runQuery(collection, query) : []
  if (!collection || !match) return { lastErrorObject: { n: 0 }, value: null, ok: 1 }
  const document = documentOf(match)
  const value = projection ? projection(document, match.matchedIndex) : document
  removeMatch(collection, match)
  return { lastErrorObject: { n: 1 }, value, ok: 1 }
}

interface Answer {
  upsert: boolean
  returnNew: boolean
  projection: Projection | undefined
}

function updateFirst(
  collection: Collection | undefined,
  statement: Statement,
  { upsert, returnNew, projection }: Answer,
): Reply {
  const [match] = collection ? runQuery(collection, statement.query) : []
  const show = (document: Fields, index?: number): Fields => (projection ? projection(document, index) : document)
  if (collection && match) {
    const { before, after } = updateMatch(collection, match, statement)
    const value = show(returnNew ? after : before, match.matchedIndex)
    return { lastErrorObject: { n: 1, updatedExisting: true }, value, ok: 1 }
  }
  if (!collection || !upsert) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null, ok: 1 }
  const inserted = insertUpsert(collection, statement)
  return {
    lastErrorObject: { n: 1, updatedExisting: false, upserted: inserted['_id'] },
    value: returnNew ? show(inserted) : null,
    ok: 1,
  }
}
