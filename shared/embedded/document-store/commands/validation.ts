import { CommandError } from '../errors.ts'
import { compileFilter } from '../query/filter.ts'
import type { Filter } from '../query/filter-types.ts'
import type { Collection } from '../storage/collection-record.ts'
import type { Fields } from '../values/bson-values.ts'

const compiled = new WeakMap<object, Filter>()

/** Refuses a document that the collection's validator does not accept. */
export function checkValid(collection: Collection, document: Fields, before?: Fields): void {
  const { validator, validationLevel, validationAction } = collection.options as {
    validator?: Fields
    validationLevel?: string
    validationAction?: string
  }
  if (!validator || validationLevel === 'off' || validationAction === 'warn') return
  const filter = compiled.get(validator) ?? compileFilter(validator)
  compiled.set(validator, filter)
  if (filter.test(document)) return
  // At the moderate level a document that was never valid may stay so.
  if (before && validationLevel === 'moderate' && !filter.test(before)) return
  throw new CommandError(121, 'Document failed validation', {
    errInfo: {
      failingDocumentId: document['_id'],
      details: { operatorName: Object.keys(validator)[0] ?? '', reason: 'validator did not match' },
    },
  })
}
