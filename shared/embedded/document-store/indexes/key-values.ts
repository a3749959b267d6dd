import { CommandError } from '../errors.ts'
import { type Fields, isFields, type Value } from '../values/bson-values.ts'
import { isPosition, ownField } from '../query/paths.ts'
import type { IndexField } from './index-definition.ts'

/** The rows of values one document has in an index: one row unless a field is an array. */
export interface KeyValues {
  rows: Value[][]
  multikey: boolean
}

interface Reach {
  /** What the walk has come to: a value, or the array it stopped at with the segments still to go. */
  value: Value
  rest: string[]
}

/** The values a document is indexed under. A missing field is undefined. */
export function keyValues(document: Fields, fields: readonly IndexField[]): KeyValues {
  const reaches = fields.map((field) => reach(document, field.path.split('.')))
  if (!reaches.some((one) => Array.isArray(one.value)))
    return { rows: [reaches.map((one) => one.value)], multikey: false }
  return { rows: expand(reaches, fields), multikey: true }
}

/** Walks into documents until the path ends or an array is met. */
function reach(start: Value, path: string[]): Reach {
  let value = start
  for (let at = 0; at < path.length; at++) {
    const segment = path[at] ?? ''
    if (Array.isArray(value)) {
      const element = isPosition(segment) ? value[Number(segment)] : undefined
      if (element === undefined) return { value, rest: path.slice(at) }
      value = element
      continue
    }
    value = isFields(value) ? ownField(value, segment) : undefined
  }
  return { value, rest: [] }
}

/** One row for each element of the array met; all fields that met the same array move together. */
function expand(reaches: Reach[], fields: readonly IndexField[]): Value[][] {
  const arrays = [...new Set(reaches.filter((one) => Array.isArray(one.value)).map((one) => one.value as Value[]))]
  const [array] = arrays
  if (!array) return [reaches.map((one) => one.value)]
  if (arrays.length > 1) throw parallelArrays(reaches, fields)
  if (array.length === 0) return [reaches.map((one) => emptyArrayValue(one, array))]
  return array.flatMap((element) => {
    const moved = reaches.map((one) => {
      if (one.value !== array) return one
      // An array inside the array is one value: only the outer one is opened at the end of a path.
      return one.rest.length === 0 ? closed(element) : reach(isFields(element) ? element : undefined, one.rest)
    })
    return moved.some((one) => Array.isArray(one.value) && !(one as Closed).closed)
      ? expand(moved, fields)
      : [moved.map((one) => one.value)]
  })
}

interface Closed extends Reach {
  closed?: true
}

function closed(value: Value): Closed {
  return { value, rest: [], closed: true }
}

/** An empty array at the end of a path is below null, so that it is found by no query for null. */
function emptyArrayValue(one: Reach, array: Value[]): Value {
  if (one.value !== array) return one.value
  return one.rest.length === 0 ? EMPTY_ARRAY : undefined
}

/** Stands for an empty array in an index. */
export const EMPTY_ARRAY = Symbol('empty array')

function parallelArrays(reaches: Reach[], fields: readonly IndexField[]): CommandError {
  const names = reaches.flatMap((one, at) => (Array.isArray(one.value) ? [fields[at]?.path.split('.')[0] ?? ''] : []))
  return new CommandError(171, `cannot index parallel arrays [${names[1]}] [${names[0]}]`)
}
