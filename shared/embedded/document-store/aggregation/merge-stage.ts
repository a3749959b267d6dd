import { insertOne } from '../commands/insert.ts'
import { CommandError } from '../errors.ts'
import type { Collection } from '../storage/collection-record.ts'
import { decode, type Fields, isFields, type Value } from '../values/bson-values.ts'
import { checkUniqueOn, findTarget } from './merge-index.ts'
import { type Merge, mergeMatched, type WhenMatched } from './merge-matched.ts'
import { type Output, targetOf } from './output-target.ts'
import type { StageContext } from './stage.ts'

/** `$merge`: each document into the one it matches. */
export function compileMerge(operand: Value, context: StageContext): Output {
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
