/*
 * Documents inside the store keep their BSON number types (Int32, Double, Long, Decimal128 as wrapper objects), so that
 * a document read, changed in one field and written back is otherwise the same bytes. `toPlain` gives the promoted form
 * that expressions compute with.
 */
import { DBRef, deserialize, Double, Int32, Long, serialize } from 'bson'

export type Value = unknown
export type Fields = Record<string, unknown>

export type BsonType =
  | 'minKey'
  | 'undefined'
  | 'null'
  | 'double'
  | 'int'
  | 'long'
  | 'decimal'
  | 'string'
  | 'symbol'
  | 'object'
  | 'array'
  | 'binData'
  | 'objectId'
  | 'bool'
  | 'date'
  | 'timestamp'
  | 'regex'
  | 'dbPointer'
  | 'javascript'
  | 'javascriptWithScope'
  | 'maxKey'

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
const INT32_MIN = -0x80000000
const INT32_MAX = 0x7fffffff

const WRAPPED: Record<string, BsonType> = {
  Int32: 'int',
  Double: 'double',
  Long: 'long',
  Decimal128: 'decimal',
  ObjectId: 'objectId',
  ObjectID: 'objectId',
  Binary: 'binData',
  Timestamp: 'timestamp',
  BSONRegExp: 'regex',
  BSONSymbol: 'symbol',
  MinKey: 'minKey',
  MaxKey: 'maxKey',
}

/** The BSON type a value has, or will have when it is written. */
export function bsonType(value: Value): BsonType {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return isInt32(value) ? 'int' : 'double'
    case 'boolean':
      return 'bool'
    case 'undefined':
      return 'undefined'
    case 'bigint':
      return 'long'
    default:
      return value === null ? 'null' : objectType(value as object)
  }
}

function objectType(value: object): BsonType {
  if (Array.isArray(value)) return 'array'
  if (value instanceof Date) return 'date'
  const wrapper = (value as { _bsontype?: string })._bsontype
  if (wrapper !== undefined && typeof wrapper === 'string') {
    if (wrapper === 'Code') return (value as { scope?: unknown }).scope ? 'javascriptWithScope' : 'javascript'
    return WRAPPED[wrapper] ?? 'object'
  }
  if (value instanceof Uint8Array) return 'binData'
  if (value instanceof RegExp) return 'regex'
  return 'object'
}

/** Whether a value is an embedded document. */
export function isFields(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && objectType(value) === 'object'
}

function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX && !Object.is(value, -0)
}

/** Whether a value is any of the four BSON numbers. */
export function isNumeric(value: Value): boolean {
  const type = bsonType(value)
  return type === 'int' || type === 'double' || type === 'long' || type === 'decimal'
}

/** The value as a JavaScript number, rounded where it does not fit; NaN for what is no number. */
export function toNumber(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Int32 || value instanceof Double) return value.value
  if (value instanceof Long) return value.toNumber()
  return isNumeric(value) ? Number(String(value)) : Number.NaN
}

/** Reads a stored or received document, keeping every type. Throws when the bytes are not well-formed BSON. */
export function decode(bytes: Uint8Array): Fields {
  return plainReferences(bytes, deserialize(bytes, { promoteValues: false, promoteBuffers: false, bsonRegExp: true }))
}

/** Reads a document in promoted form: plain numbers wherever they are exact. */
export function decodePlain(bytes: Uint8Array): Fields {
  return plainReferences(bytes, deserialize(bytes, { promoteValues: true, promoteBuffers: false, bsonRegExp: true }))
}

/** The BSON library reads `{ $ref, $id }` as an object of its own kind, though to a server it is a document like any other. */
function plainReferences(bytes: Uint8Array, document: Fields): Fields {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('$ref\0')
  return found ? (withoutReferences(document) as Fields) : document
}

function withoutReferences(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutReferences)
  if (value instanceof DBRef) return withoutReferences(value.toJSON())
  if (!isFields(value)) return value
  const plain: Fields = {}
  for (const key of Object.keys(value)) setField(plain, key, withoutReferences(value[key]))
  return plain
}

/** Writes a document. */
export function encode(document: Fields): Uint8Array {
  return serialize(document, { ignoreUndefined: false })
}

/** The promoted form of a value: Int32, Double and every Long that fits become plain numbers, at every depth. */
export function toPlain(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Int32 || value instanceof Double) return value.value
  if (value instanceof Long) return isSafeLong(value) ? value.toNumber() : value
  if (Array.isArray(value)) return value.map(toPlain)
  if (!isFields(value)) return value
  const plain: Fields = {}
  for (const key of Object.keys(value)) setField(plain, key, toPlain(value[key]))
  return plain
}

/** Whether a 64-bit integer is exact as a JavaScript number. */
function isSafeLong(value: Long): boolean {
  const number = value.toNumber()
  return number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER
}

/** Sets a field by name, also one called `__proto__`. */
export function setField(target: Fields, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
    return
  }
  target[key] = value
}

/** A copy that shares no object or array with the original; immutable BSON values are shared. */
export function clone<T>(value: T): T {
  if (Array.isArray(value)) return value.map(clone) as T
  if (value instanceof Date) return new Date(value) as T
  if (!isFields(value)) return value
  const copy: Fields = {}
  for (const key of Object.keys(value)) setField(copy, key, clone(value[key]))
  return copy as T
}
