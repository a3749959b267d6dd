import { CommandError } from '../errors.ts'
import { valuesAt } from '../query/paths.ts'
import { documentOf, runQuery } from '../query/run-query.ts'
import type { Fields, Value } from '../values/bson-values.ts'
import { compareStrings, compareValues } from '../values/compare.ts'
import { encodeKey } from '../values/key-encoding.ts'
import type { Reply } from '../wire-protocol/reply-document.ts'
import { type Command, findCollection, type Store } from './command.ts'
import { queryOf } from './count.ts'

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
