import { queryRequest } from '../query/query-request.ts'
import type { OpenIndex } from '../indexes/open-index.ts'
import type { Collection } from '../storage/collection-record.ts'
import type { Fields } from '../values/bson-values.ts'
import type { Store } from './command.ts'
import { deleteStatement } from './write-one.ts'

/** Removes every document whose time in a TTL index is past, and answers how many. */
export function removeExpired(store: Store): number {
  let removed = 0
  for (const collection of store.catalog.collections()) {
    for (const index of collection.indexes) removed += removeFrom(collection, index, store.now())
  }
  store.catalog.file.flush()
  return removed
}

function removeFrom(collection: Collection, index: OpenIndex, now: Date): number {
  const { expireAfterSeconds, fields, partialFilter } = index.definition
  const [field] = fields
  if (expireAfterSeconds === undefined || !field) return 0
  const past = new Date(now.getTime() - expireAfterSeconds * 1000)
  // Dates compare with dates alone, so a field of another type never expires.
  const expired: Fields = { [field.path]: { $lt: past } }
  const filter = partialFilter ? { $and: [expired, partialFilter] } : expired
  const query = queryRequest({ filter }, { collation: index.collation })
  return deleteStatement(collection, query, true)
}
