import { CommandError } from '../errors.ts'
import { documentOf, type Match } from '../query/run-query.ts'
import { replaceDocument } from '../storage/collection.ts'
import type { Collection } from '../storage/collection-record.ts'
import { compileUpdatePipeline, restoreTypes } from '../update/pipeline-update.ts'
import { type Fields, toPlain, type Value } from '../values/bson-values.ts'
import { equalValues } from '../values/compare.ts'
import { evaluate } from './expression.ts'
import { mergeClash } from './merge-index.ts'
import type { StageContext } from './stage.ts'

/** What becomes of a document that is met: a word, or a pipeline. */
export type WhenMatched = 'replace' | 'keepExisting' | 'merge' | 'fail' | Value[]

/** A `$merge` stage's options. */
export interface Merge {
  on: string[]
  whenMatched: WhenMatched
  whenNotMatched: string
  variables: Fields | undefined
}

/** Merges a document into the one it matched. */
export function mergeMatched(
  collection: Collection,
  match: Match,
  { document, merge, context }: { document: Fields; merge: Merge; context: StageContext },
): void {
  if (merge.whenMatched === 'fail') throw mergeClash(collection, document, merge.on)
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
