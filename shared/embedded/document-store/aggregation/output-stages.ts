import { CommandError } from '../errors.ts'
import { insertOne } from '../commands/insert.ts'
import { compileFilter } from '../query/filter.ts'
import { documentOf, type Match, runQuery } from '../query/run-query.ts'
import { replaceDocument } from '../storage/collection.ts'
import type { Collection } from '../storage/collection-record.ts'
import { compileUpdatePipeline, restoreTypes } from '../update/pipeline-update.ts'
import { readTarget } from '../update/target.ts'
import { decode, type Fields, isFields, toPlain, type Value } from '../values/bson-values.ts'
import { equalValues } from '../values/compare.ts'
import { ID_INDEX, type IndexDefinition, parseIndexDefinition } from '../indexes/index-definition.ts'
import { duplicateKeyError } from '../storage/index-table.ts'
import { evaluate } from './expression.ts'
import type { StageContext } from './stage.ts'

/** Takes a pipeline's results to a collection. */
export type Output = (documents: Uint8Array[]) => void

/** Compiles `$out` or `$merge`. */
export function compileOutput(name: string, operand: Value, context: StageContext): Output {
  return name === '$out' ? compileOut(operand, context) : compileMerge(operand, context)
}

interface Target {
  database: string
  name: string
}

function compileOut(operand: Value, context: StageContext): Output {
  const target = targetOf('$out', operand, { named: 'coll', context })
  return (documents) => {
    const { catalog } = context.store
    const old = catalog.find(target.database, target.name)
    // Built beside the old collection, which stays whole until the last document fitted.
    const scratch = catalog.create(target.database, `tmp.agg_out.${context.store.now().getTime()}`, old?.options ?? {})
    try {
      for (const index of old?.indexes ?? []) {
        if (index.definition.name !== ID_INDEX.name)
          catalog.addIndex(scratch, parseIndexDefinition(index.definition.specification))
      }
      for (const bytes of documents) insertOne(scratch, { document: decode(bytes), bytes, bypass: false })
    } catch (error) {
      catalog.drop(scratch)
      throw error
    }
    if (old) catalog.drop(old)
    catalog.rename(scratch, target.database, target.name)
  }
}

function targetOf(stage: string, operand: Value, { named, context }: { named: string; context: StageContext }): Target {
  if (typeof operand === 'string') return { database: context.database, name: operand }
  const database = isFields(operand) ? operand['db'] : undefined
  const name = isFields(operand) ? operand[named] : undefined
  if (typeof name !== 'string') throw new CommandError(16990, `${stage} only supports a string or object argument`)
  return { database: typeof database === 'string' ? database : context.database, name }
}

type WhenMatched = 'replace' | 'keepExisting' | 'merge' | 'fail' | Value[]

interface Merge {
  on: string[]
  whenMatched: WhenMatched
  whenNotMatched: string
  variables: Fields | undefined
}

function compileMerge(operand: Value, context: StageContext): Output {
  const options: Fields = isFields(operand) ? operand : { into: operand }
  const target = targetOf('$merge', options['into'], { named: 'coll', context })
  const merge: Merge = {
    on: options['on'] === undefined ? ['_id'] : [options['on']].flat().map(String),
    whenMatched: (options['whenMatched'] ?? 'merge') as WhenMatched,
    whenNotMatched: String(options['whenNotMatched'] ?? 'insert'),
    variables: options['let'] as Fields | undefined,
  }
  return (documents) => {
    const collection = context.store.catalog.ensure(target.database, target.name)
    checkUniqueOn(collection, merge.on)
    for (const bytes of documents) mergeOne(collection, bytes, { merge, context })
  }
}

function checkUniqueOn(collection: Collection, on: string[]): void {
  const unique = collection.indexes.some(
    ({ definition, partial }) => definition.unique && !partial && sameFields(definition, on),
  )
  if (!unique) throw new CommandError(51183, 'Cannot find index to verify that join fields will be unique')
}

function mergeOne(
  collection: Collection,
  bytes: Uint8Array,
  { merge, context }: { merge: Merge; context: StageContext },
): void {
  const document = decode(bytes)
  const match = findTarget(collection, document, merge.on)
  if (match) return mergeMatched(collection, match, { document, merge, context })
  if (merge.whenNotMatched === 'discard') return
  if (merge.whenNotMatched === 'fail')
    throw new CommandError(
      13113,
      '$merge could not find a matching document in the target collection for at least one document in the source collection',
    )
  insertOne(collection, { document, bytes, bypass: false })
}

function findTarget(collection: Collection, document: Fields, on: string[]): Match | undefined {
  const query = Object.fromEntries(on.map((path) => [path, { $eq: readTarget(document, path.split('.')) ?? null }]))
  const [match] = runQuery(collection, {
    filter: compileFilter(query),
    sort: [],
    hint: undefined,
    skip: 0,
    limit: 1,
    collation: undefined,
  })
  return match
}

function mergeMatched(
  collection: Collection,
  match: Match,
  { document, merge, context }: { document: Fields; merge: Merge; context: StageContext },
): void {
  if (merge.whenMatched === 'fail') throw mergeClash(collection, document, merge)
  const before = documentOf(match)
  const after = mergedDocument(before, document, { merge, context })
  if (!after) return
  if (!equalValues(after['_id'], before['_id'])) {
    throw new CommandError(
      66,
      "$merge failed to update the matching document, did you attempt to modify the _id or the shard key? :: caused by :: Performing an update on the path '_id' would modify the immutable field '_id'",
    )
  }
  replaceDocument(collection, match.id, { before, after })
}

function mergeClash(collection: Collection, document: Fields, { on }: Merge): CommandError {
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

function mergedDocument(
  before: Fields,
  document: Fields,
  { merge, context }: { merge: Merge; context: StageContext },
): Fields | undefined {
  switch (merge.whenMatched) {
    case 'keepExisting':
      return undefined
    case 'replace':
      return Object.hasOwn(document, '_id') ? document : { _id: before['_id'], ...document }
    case 'merge':
      return { ...before, ...document }
    default:
      return mergedByPipeline(before, document, { merge, context })
  }
}

function mergedByPipeline(
  before: Fields,
  document: Fields,
  { merge, context }: { merge: Merge; context: StageContext },
): Fields {
  const fresh = toPlain(document) as Fields
  const variables: Fields = { ...context.variables, new: fresh }
  for (const [name, expression] of Object.entries(merge.variables ?? {}))
    variables[name] = evaluate(fresh, expression, context)
  const update = compileUpdatePipeline(merge.whenMatched as Value[], { ...context, variables })
  return restoreTypes(before, update(before)) as Fields
}
