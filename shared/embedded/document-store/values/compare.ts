import { Double, Int32, Long, type ObjectId } from 'bson'
import { bsonType, type Fields, type Value } from './bson-values.ts'
import { encodeKey, TYPE_RANK } from './key-encoding.ts'

/** How two strings compare under a collation. */
export type StringOrder = (left: string, right: string) => number

/** MongoDB's order between any two values. */
export function compareValues(left: Value, right: Value, strings: StringOrder = compareStrings): number {
  if (typeof left === 'number' && typeof right === 'number') return compareDoubles(left, right)
  const leftType = bsonType(left)
  const rightType = bsonType(right)
  const rank = TYPE_RANK[leftType]
  const otherRank = TYPE_RANK[rightType]
  if (rank !== otherRank) return rank < otherRank ? -1 : 1
  switch (leftType) {
    case 'string':
    case 'symbol':
      return strings(String(left), String(right))
    case 'int':
    case 'double':
    case 'long':
    case 'decimal':
      return compareNumbers(left, right)
    case 'date':
      return Math.sign((left as Date).getTime() - (right as Date).getTime())
    case 'objectId':
      return Buffer.compare((left as ObjectId).id, (right as ObjectId).id)
    case 'bool':
      return Number(left) - Number(right)
    case 'object':
      return compareFields(left as Fields, right as Fields, strings)
    case 'array':
      return compareArrays(left as Value[], right as Value[], strings)
    default:
      return Buffer.compare(encodeKey(left), encodeKey(right))
  }
}

/** Whether two values are equal to MongoDB: numbers by value, documents with their fields in order. */
export function equalValues(left: Value, right: Value, strings?: StringOrder): boolean {
  return left === right || compareValues(left, right, strings) === 0
}

/** Whether two values have types that `$lt` and its kin will compare at all. */
export function sameTypeBracket(left: Value, right: Value): boolean {
  return TYPE_RANK[bsonType(left)] === TYPE_RANK[bsonType(right)]
}

/** The order of the strings' UTF-8 bytes. JavaScript's own order is by UTF-16 unit, which puts U+E000–U+FFFF above the astral planes. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0
  const shared = Math.min(left.length, right.length)
  for (let at = 0; at < shared; at++) {
    const a = left.charCodeAt(at)
    const b = right.charCodeAt(at)
    if (a !== b) return astralLast(a) - astralLast(b)
  }
  return left.length - right.length
}

function astralLast(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function compareNumbers(left: Value, right: Value): number {
  const a = exact(left)
  const b = exact(right)
  if (a !== undefined && b !== undefined) return compareDoubles(a, b)
  return Buffer.compare(encodeKey(left), encodeKey(right))
}

function exact(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Int32 || value instanceof Double) return value.value
  if (value instanceof Long) {
    const number = value.toNumber()
    return Number.isSafeInteger(number) ? number : undefined
  }
  return undefined
}

function compareDoubles(left: number, right: number): number {
  if (left < right) return -1
  if (left > right) return 1
  if (left === right) return 0
  return Number(Number.isNaN(right)) - Number(Number.isNaN(left))
}

function compareArrays(left: Value[], right: Value[], strings: StringOrder): number {
  const shared = Math.min(left.length, right.length)
  for (let at = 0; at < shared; at++) {
    const order = compareValues(left[at], right[at], strings)
    if (order !== 0) return order
  }
  return left.length - right.length
}

function compareFields(left: Fields, right: Fields, strings: StringOrder): number {
  const a = Object.entries(left)
  const b = Object.entries(right)
  const shared = Math.min(a.length, b.length)
  for (let at = 0; at < shared; at++) {
    const order = compareEntries(a[at] ?? ['', null], b[at] ?? ['', null], strings)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function compareEntries(left: [string, Value], right: [string, Value], strings: StringOrder): number {
  const types = TYPE_RANK[bsonType(left[1])] - TYPE_RANK[bsonType(right[1])]
  if (types !== 0) return types
  return compareStrings(left[0], right[0]) || compareValues(left[1], right[1], strings)
}
