import { type Fields, isFields, type Value } from '../values/bson-values.ts'

/** Where in an array a predicate was met; what the positional operator `$` stands for. */
export interface MatchDetails {
  index?: number
}

export type ValueTest = (value: Value, details?: MatchDetails) => boolean

interface Walk {
  segments: readonly string[]
  test: ValueTest
  details: MatchDetails | undefined
  /** Whether a leaf array is also looked into; `$size` and `$elemMatch` want the array itself. */
  openLeafArrays: boolean
}

const DIGITS = /^(0|[1-9][0-9]*)$/

/** A field path cut at its dots. */
export function splitPath(path: string): string[] {
  return path.split('.')
}

/** Whether a path segment can be an array position. */
export function isPosition(segment: string): boolean {
  return DIGITS.test(segment)
}

/** A document's own field, or undefined. */
export function ownField(document: Fields, name: string): Value {
  return Object.hasOwn(document, name) ? document[name] : undefined
}

/**
 * Whether any value at the path meets the test, through arrays as MongoDB's queries see them: an array on the way stands for
 * each of its documents, and a leaf array for each element and for itself. A missing field is tested as undefined.
 */
export function anyValueAt(document: Fields, walk: Walk): boolean {
  return visit(document, 0, walk)
}

function visit(document: Fields, depth: number, walk: Walk): boolean {
  const value = ownField(document, walk.segments[depth] ?? '')
  if (depth === walk.segments.length - 1) return testLeaf(value, walk)
  if (Array.isArray(value)) return visitArray(value, depth + 1, walk)
  if (isFields(value)) return visit(value, depth + 1, walk)
  return walk.test(undefined, walk.details)
}

function visitArray(array: Value[], depth: number, walk: Walk): boolean {
  const segment = walk.segments[depth] ?? ''
  const position = isPosition(segment) ? Number(segment) : -1
  for (let at = 0; at < array.length; at++) {
    const element = array[at]
    const met =
      (isFields(element) && visit(element, depth, walk)) || (at === position && visitPosition(element, depth, walk))
    if (met) return recordIndex(walk, at)
  }
  return false
}

function visitPosition(element: Value, depth: number, walk: Walk): boolean {
  if (depth === walk.segments.length - 1) return testLeaf(element, walk)
  if (Array.isArray(element)) return visitArray(element, depth + 1, walk)
  return isFields(element) && visit(element, depth + 1, walk)
}

function testLeaf(value: Value, walk: Walk): boolean {
  if (Array.isArray(value) && walk.openLeafArrays) {
    for (let at = 0; at < value.length; at++) {
      if (walk.test(value[at], walk.details)) return recordIndex(walk, at)
    }
  }
  return walk.test(value, walk.details)
}

function recordIndex(walk: Walk, index: number): true {
  // The outermost array is left last, so its position is the one that stays.
  if (walk.details) walk.details.index = index
  return true
}

/** Every value at a path with arrays opened, as `distinct` and `$lookup` collect them. */
export function valuesAt(document: Fields, path: string): Value[] {
  const found: Value[] = []
  anyValueAt(document, {
    segments: splitPath(path),
    details: undefined,
    openLeafArrays: false,
    test: (value) => {
      if (value !== undefined) found.push(value)
      return false
    },
  })
  return found
}
