import { CommandError } from '../errors.ts'
import { compileProjection, type Projection } from '../query/projection.ts'
import { queryRequest } from '../query/query-request.ts'
import { documentOf, type Match, type QueryRequest, runQuery } from '../query/run-query.ts'
import type { Collection } from '../storage/collection-record.ts'
import { encode } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { collectionName, type Command, countArgument, documentArgument, findCollection, type Store } from './command.ts'
import { openCursor } from './open-cursor.ts'
import { queryContext } from './query-context.ts'

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
): { request: QueryRequest; projection: Projection | undefined } {
  const { body } = command
  const context = queryContext(body, collection)
  const request = queryRequest(
    {
      filter: documentArgument(command, 'filter'),
      sort: body['sort'],
      hint: body['hint'],
      skip: countArgument(command, 'skip'),
      limit: countArgument(command, 'limit'),
    },
    context,
  )
  if (body['tailable'] === true)
    throw new CommandError(2, 'error processing query: tailable cursor requested on non capped collection')
  return { request, projection: compileProjection(body['projection'], { context, find: true }) }
}

function* projected(matches: Iterable<Match>, projection: Projection | undefined): Generator<Uint8Array> {
  for (const match of matches) {
    yield projection ? encode(projection(documentOf(match), match.matchedIndex)) : match.bytes
  }
}
