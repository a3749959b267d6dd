import { queryRequest } from '../query/query-request.ts'
import { type QueryRequest, runQuery } from '../query/run-query.ts'
import { countDocuments } from '../storage/collection.ts'
import type { Collection } from '../storage/collection-record.ts'
import { isNumeric, toNumber } from '../values/bson-values.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { type Command, countArgument, documentArgument, findCollection, type Store } from './command.ts'
import { queryContext } from './query-context.ts'

/** The `count` command. */
export function count(command: Command, store: Store): Reply {
  const collection = findCollection(command, store)
  const request = queryOf(command, collection)
  if (!collection) return { n: 0, ok: 1 }
  const { skip, limit, filter } = request
  if (filter.type === 'all' && filter.filters.length === 0 && request.hint === undefined) {
    const available = Math.max(countDocuments(collection) - skip, 0)
    return { n: limit > 0 ? Math.min(available, limit) : available, ok: 1 }
  }
  let counted = 0
  for (const _ of runQuery(collection, request, { keysOnly: true })) counted++
  return { n: counted, ok: 1 }
}

/** What a count or distinct looks for. */
export function queryOf(command: Command, collection: Collection | undefined): QueryRequest {
  const context = queryContext(command.body, collection)
  const limit = command.body['limit']
  const wanted = {
    filter: documentArgument(command, 'query'),
    hint: command.body['hint'],
    skip: countArgument(command, 'skip'),
    // A negative limit of `count` is that of its absolute value.
    limit: isNumeric(limit) ? Math.abs(toNumber(limit)) : 0,
  }
  return queryRequest(wanted, context)
}
