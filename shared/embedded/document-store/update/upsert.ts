import { ObjectId } from 'bson'
import { CommandError } from '../errors.ts'
import { equalitiesOf } from '../query/filter.ts'
import type { Filter } from '../query/filter-types.ts'
import { clone, type Fields, setField } from '../values/bson-values.ts'
import { equalValues } from '../values/compare.ts'
import { shellText } from '../values/shell-text.ts'
import type { Update } from './compile-update.ts'
import { readTarget, writeTarget } from './target.ts'

/** The document an upsert inserts: what the filter says is equal, then the update, with an `_id` in front. */
export function upsertedDocument(filter: Filter, update: Update, now: Date): Fields {
  const seed: Fields = {}
  const equalities = equalitiesOf(filter)
  for (const [path, value] of equalities) {
    if (update.replacement && path !== '_id') continue
    writeTarget(seed, path.split('.'), clone(value))
  }
  const made = update.apply(seed, { matchedIndex: undefined, inserting: true, now })
  checkId(seed, made)
  const document: Fields = { _id: made['_id'] === undefined ? new ObjectId() : made['_id'] }
  for (const key of Object.keys(made)) if (key !== '_id') setField(document, key, made[key])
  return document
}

function checkId(seed: Fields, made: Fields): void {
  const wanted = readTarget(seed, ['_id'])
  if (wanted !== undefined && made['_id'] !== undefined && !equalValues(wanted, made['_id'])) {
    throw new CommandError(
      66,
      `Performing an update on the path '_id' would modify the immutable field '_id' from ${shellText(wanted)}`,
    )
  }
}
