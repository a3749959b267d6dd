import { Decimal128, Double, Int32, Long } from 'bson'
import { CommandError } from '../errors.ts'
import type { QueryContext } from '../query/filter-types.ts'
import { type Fields, isFields, setField, toPlain, type Value } from '../values/bson-values.ts'
import { equalValues } from '../values/compare.ts'
import { compileDocumentStages } from '../aggregation/compile-document-stages.ts'

const STAGES = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith'])

/** Compiles an update given as an aggregation pipeline. */
export function compileUpdatePipeline(pipeline: Value[], context: QueryContext): (document: Fields) => Fields {
  for (const stage of pipeline) {
    const name = isFields(stage) ? (Object.keys(stage)[0] ?? '') : ''
    if (!STAGES.has(name)) {
      throw new CommandError(72, `${name} is not allowed to be used within an update`)
    }
  }
  const run = compileDocumentStages(pipeline as Fields[], context)
  return (document) => restoreTypes(document, run(toPlain(document) as Fields)) as Fields
}

/** Expressions compute with plain numbers; a number the pipeline left alone gets its stored type back. */
export function restoreTypes(before: Value, after: Value): Value {
  if (isFields(after)) {
    const restored: Fields = {}
    for (const key of Object.keys(after)) {
      if (after[key] !== undefined)
        setField(restored, key, restoreTypes(isFields(before) ? before[key] : undefined, after[key]))
    }
    return restored
  }
  if (Array.isArray(after))
    return after.map((value, at) => restoreTypes(Array.isArray(before) ? before[at] : undefined, value))
  const wrapped =
    before instanceof Int32 || before instanceof Double || before instanceof Long || before instanceof Decimal128
  return wrapped && (typeof after === 'number' || after instanceof Long) && equalValues(before, after) ? before : after
}
