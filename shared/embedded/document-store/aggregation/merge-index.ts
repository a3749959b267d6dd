import { CommandError } from '../errors.ts'
import type { IndexDefinition } from '../indexes/index-definition.ts'
import { queryRequest } from '../query/query-request.ts'
import { type Match, runQuery } from '../query/run-query.ts'
import type { Collection } from '../storage/collection-record.ts'
import { duplicateKeyError } from '../storage/index-table.ts'
import { readTarget } from '../update/target.ts'
import type { Fields } from '../values/bson-values.ts'

/** Documents can only be matched by fields that are unique together. */
export function checkUniqueOn(collection: Collection, on: string[]): void {
  const unique = collection.indexes.some(
    ({ definition, partial }) => definition.unique && !partial && sameFields(definition, on),
  )
  if (!unique) throw new CommandError(51183, 'Cannot find index to verify that join fields will be unique')
}

/** The error of a `$merge` that must not meet a document and does. */
export function mergeClash(collection: Collection, document: Fields, on: string[]): CommandError {
  const index = collection.indexes.find(({ definition }) => definition.unique && sameFields(definition, on))
  if (!index)
    return new CommandError(
      11000,
      '$merge failed because the target collection already has a document with the same key',
    )
  return duplicateKeyError(
    collection,
    index,
    index.definition.fields.map(({ path }) => readTarget(document, path.split('.'))),
  )
}

function sameFields({ fields }: IndexDefinition, on: string[]): boolean {
  return fields.length === on.length && fields.every(({ path }) => on.includes(path))
}

/** The document of the target that a result is merged into. */
export function findTarget(collection: Collection, document: Fields, on: string[]): Match | undefined {
  const query = Object.fromEntries(on.map((path) => [path, { $eq: readTarget(document, path.split('.')) ?? null }]))
  const [match] = runQuery(collection, { ...queryRequest({ filter: query }), limit: 1 })
  return match
}
