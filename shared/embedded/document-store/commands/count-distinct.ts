import { CommandError } from '../errors.ts'
import { compileFilter } from '../query/filter.ts'
import { valuesAt } from '../query/paths.ts'
import { documentOf, type QueryRequest, runQuery } from '../query/run-query.ts'
import { countDocuments } from '../storage/collection.ts'
import type { Collection } from '../storage/collection-record.ts'
import { type Fields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import { compareStrings, compareValues } from '../values/compare.ts'
import { encodeKey } from '../values/key-encoding.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { type Command, countArgument, documentArgument, findCollection, queryContext, type Store } from './command.ts'

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
  for (const _ of runQuery(collection, request)) counted++
  return { n: counted, ok: 1 }
}

/** The `distinct` command. */
export function distinct(command: Command, store: Store): Reply {
  const key = command.body['key']
  if (typeof key !== 'string' || key === '')
    throw new CommandError(40414, "BSON field 'distinct.key' is missing but a required field")
  const collection = findCollection(command, store)
  const request = queryOf(command, collection)
  const strings = request.collation?.compare ?? compareStrings
  const seen = new Map<string, Value>()
  for (const match of collection ? runQuery(collection, request) : []) collect(documentOf(match), key, seen)
  const values = [...seen.values()].toSorted((left, right) => compareValues(left, right, strings))
  const kept = request.collation
    ? values.filter((value, at) => at === 0 || compareValues(values[at - 1], value, strings) !== 0)
    : values
  return { values: kept, ok: 1 }
}

function collect(document: Fields, key: string, seen: Map<string, Value>): void {
  for (const found of valuesAt(document, key)) {
    for (const value of Array.isArray(found) ? found : [found]) {
      const name = encodeKey(value).toString('latin1')
      if (!seen.has(name)) seen.set(name, value)
    }
  }
}

/** What a count or distinct looks for. */
export function queryOf(command: Command, collection: Collection | undefined): QueryRequest {
  const context = queryContext(command.body, collection)
  const limit = command.body['limit']
  return {
    filter: compileFilter(documentArgument(command, 'query'), context),
    sort: [],
    hint: command.body['hint'],
    skip: countArgument(command, 'skip'),
    // A negative limit of `count` is that of its absolute value.
    limit: isNumeric(limit) ? Math.abs(toNumber(limit)) : 0,
    collation: context.collation,
  }
}
