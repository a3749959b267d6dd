import { CommandError } from '../errors.ts'
import { EMPTY_ARRAY, keyValues } from '../indexes/key-values.ts'
import { type Fields, isFields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import { compareStrings, compareValues, type StringOrder } from '../values/compare.ts'

/** One field of a sort. */
export interface SortField {
  path: string
  descending: boolean
}

/** Reads a sort document. */
export function parseSort(sort: Value): SortField[] {
  if (sort === undefined || sort === null) return []
  if (!isFields(sort)) throw new CommandError(14, 'Expected field sort to be of type object')
  return Object.entries(sort).map(([path, direction]) => ({
    path: checkPath(path),
    descending: isDescending(path, direction),
  }))
}

function checkPath(path: string): string {
  if (path === '') throw new CommandError(15998, 'FieldPath cannot be constructed with empty string')
  if (path.startsWith('$') && path !== '$natural') {
    throw new CommandError(
      16410,
      `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
    )
  }
  return path
}

function isDescending(path: string, direction: Value): boolean {
  if (isFields(direction) && Object.hasOwn(direction, '$meta')) {
    throw new CommandError(17312, '$meta sort keys are not supported: this server has no text search')
  }
  if (!isNumeric(direction))
    throw new CommandError(15974, `Illegal key in $sort specification: ${path}: ${String(direction)}`)
  const number = toNumber(direction)
  if (number !== 1 && number !== -1) {
    throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)')
  }
  return number < 0
}

/** The values a document sorts by: of an array its lowest element, or its highest when descending. */
export function sortKey(document: Fields, sort: readonly SortField[], strings: StringOrder = compareStrings): Value[] {
  return sort.map((field) => {
    const { rows } = keyValues(document, [field])
    let chosen = sortable(rows[0]?.[0])
    for (const row of rows.slice(1)) {
      const value = sortable(row[0])
      const order = compareValues(value, chosen, strings)
      if (field.descending ? order > 0 : order < 0) chosen = value
    }
    return chosen
  })
}

/** The order of two sort keys. */
export function compareSortKeys(
  sort: readonly SortField[],
  strings: StringOrder = compareStrings,
): (left: Value[], right: Value[]) => number {
  return (left, right) => {
    for (const [at, field] of sort.entries()) {
      const order = compareValues(left[at], right[at], strings)
      if (order !== 0) return field.descending ? -order : order
    }
    return 0
  }
}

/** A missing field sorts as null; an empty array, below it. */
function sortable(value: Value): Value {
  if (value === EMPTY_ARRAY) return undefined
  return value === undefined ? null : value
}
