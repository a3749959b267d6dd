/*
 * Turns any BSON value into bytes whose order (memcmp) is MongoDB's comparison order between values, and whose equality
 * is MongoDB's equality. No encoding is a prefix of another, so that encodings can be joined into compound keys, and none
 * begins with 0xff, so that `key + 0xff` bounds everything that starts with `key`.
 */
import {
  Binary,
  type BSONRegExp,
  type Code,
  type Decimal128,
  Double,
  Int32,
  Long,
  type ObjectId,
  type Timestamp,
} from 'bson'
import { type BsonType, bsonType, type Fields, isFields, type Value } from './bson-values.ts'
import { encodeRemainder } from './number-remainder.ts'

/** Maps a string to the string whose bytes are compared in its place (see collation.ts). */
export type StringFold = (text: string) => string

/** The order of types; numbers share one rank, as do strings and symbols. */
export const TYPE_RANK: Record<BsonType, number> = {
  minKey: 0x05,
  undefined: 0x08,
  null: 0x10,
  double: 0x20,
  int: 0x20,
  long: 0x20,
  decimal: 0x20,
  string: 0x30,
  symbol: 0x30,
  object: 0x40,
  array: 0x50,
  binData: 0x60,
  objectId: 0x70,
  bool: 0x80,
  date: 0x90,
  timestamp: 0x98,
  regex: 0xa0,
  dbPointer: 0xa8,
  javascript: 0xb0,
  javascriptWithScope: 0xb8,
  maxKey: 0xf0,
}

const EXACT = 0x80
let scratch = Buffer.allocUnsafe(4096)
let length = 0

/** The ordered bytes of one value. */
export function encodeKey(value: Value, fold?: StringFold): Buffer {
  length = 0
  writeValue(value, fold)
  return Buffer.from(scratch.subarray(0, length))
}

/** The same bytes with their order reversed, for descending fields of an index. */
export function invertKey(key: Uint8Array): Buffer {
  const inverted = Buffer.allocUnsafe(key.length)
  for (let at = 0; at < key.length; at++) inverted[at] = 0xff - (key[at] ?? 0)
  return inverted
}

function writeValue(value: Value, fold: StringFold | undefined): void {
  const type = bsonType(value)
  byte(TYPE_RANK[type])
  switch (type) {
    case 'minKey':
    case 'maxKey':
    case 'undefined':
    case 'null':
      return
    case 'int':
    case 'double':
    case 'long':
    case 'decimal':
      return writeNumber(value)
    case 'string':
    case 'symbol':
      return text(fold ? fold(String(value)) : String(value))
    case 'object':
      return writeFields(value as Fields, fold)
    case 'array':
      for (const element of value as Value[]) writeValue(element, fold)
      return byte(0)
    default:
      return writeScalar(type, value)
  }
}

function writeScalar(type: BsonType, value: Value): void {
  switch (type) {
    case 'binData':
      return writeBinary(value)
    case 'objectId':
      return bytes((value as ObjectId).id)
    case 'bool':
      return byte(value === true ? 1 : 0)
    case 'date':
      return int64(BigInt((value as Date).getTime()) + (1n << 63n))
    case 'timestamp':
      return int64((value as Timestamp).toBigInt() & ((1n << 64n) - 1n))
    case 'regex':
      return writeRegex(value)
    case 'javascript':
      return text((value as Code).code)
    case 'javascriptWithScope':
      text((value as Code).code)
      return writeFields(((value as Code).scope ?? {}) as Fields, undefined)
    default:
      return text(String(value))
  }
}

function writeNumber(value: Value): void {
  const exact = exactNumber(value)
  if (exact !== undefined) {
    double(exact)
    byte(EXACT)
    return
  }
  const { nearest, remainder } = encodeRemainder(value as Long | bigint | Decimal128)
  double(nearest)
  bytes(remainder)
}

function exactNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Int32 || value instanceof Double) return value.value
  if (value instanceof Long) {
    const number = value.toNumber()
    return Number.isSafeInteger(number) ? number : undefined
  }
  return undefined
}

function double(value: number): void {
  reserve(8)
  if (Number.isNaN(value)) {
    // NaN is below every other number.
    scratch.fill(0, length, length + 8)
    length += 8
    return
  }
  scratch.writeDoubleBE(value === 0 ? 0 : value, length)
  const sign = scratch[length] ?? 0
  if (sign & 0x80) {
    for (let at = length; at < length + 8; at++) scratch[at] = 0xff - (scratch[at] ?? 0)
  } else {
    scratch[length] = sign | 0x80
  }
  length += 8
}

function writeFields(value: Fields, fold: StringFold | undefined): void {
  const fields = isFields(value) ? Object.entries(value) : []
  for (const [name, field] of fields) {
    // Documents compare field by field: first the type of the value, then the name, then the value.
    byte(TYPE_RANK[bsonType(field)])
    text(name)
    writeValue(field, fold)
  }
  byte(0)
}

function writeBinary(value: Value): void {
  const binary = value instanceof Binary ? value : new Binary(value as Uint8Array)
  const content = binary.buffer.subarray(0, binary.position)
  reserve(5)
  scratch.writeUInt32BE(content.length, length)
  length += 4
  byte(binary.sub_type)
  bytes(content)
}

function writeRegex(value: Value): void {
  if (value instanceof RegExp) {
    text(value.source)
    return text(value.flags)
  }
  text((value as BSONRegExp).pattern)
  text((value as BSONRegExp).options)
}

/** UTF-8 with 0x00 escaped, so that the terminator sorts below every continuation. */
function text(content: string): void {
  reserve(content.length * 3 + 2)
  const start = length
  length += scratch.write(content, length, 'utf8')
  const zero = scratch.indexOf(0, start)
  if (zero >= 0 && zero < length) escapeZeros(start)
  byte(0)
  byte(0)
}

function escapeZeros(start: number): void {
  const raw = Buffer.from(scratch.subarray(start, length))
  length = start
  reserve(raw.length * 2 + 2)
  for (const unit of raw) {
    byte(unit)
    if (unit === 0) byte(0xff)
  }
}

function int64(value: bigint): void {
  reserve(8)
  scratch.writeBigUInt64BE(value, length)
  length += 8
}

function bytes(content: Uint8Array): void {
  reserve(content.length)
  scratch.set(content, length)
  length += content.length
}

function byte(value: number): void {
  reserve(1)
  scratch[length++] = value
}

function reserve(count: number): void {
  if (length + count <= scratch.length) return
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, length + count))
  scratch.copy(larger, 0, 0, length)
  scratch = larger
}
