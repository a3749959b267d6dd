import { Binary, type Decimal128, Long, ObjectId, type Timestamp } from 'bson'
import { bsonType, type Fields, toNumber, type Value } from './bson-values.ts'

/** A value as MongoDB writes it in its messages: `{ a: 1, b: "x" }`. */
export function shellText(value: Value): string {
  switch (bsonType(value)) {
    case 'string':
    case 'symbol':
      return `"${String(value).replaceAll('"', '\\"')}"`
    case 'object':
      return fieldsText(value as Fields)
    case 'array':
      return (value as Value[]).length === 0 ? '[]' : `[ ${(value as Value[]).map(shellText).join(', ')} ]`
    case 'double':
      return doubleText(toNumber(value))
    case 'int':
    case 'bool':
    case 'null':
    case 'undefined':
      return String(value)
    default:
      return scalarText(value)
  }
}

function fieldsText(value: Fields): string {
  const entries = Object.entries(value)
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([name, field]) => `${name}: ${shellText(field)}`).join(', ')} }`
}

function doubleText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value)
}

function scalarText(value: Value): string {
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`
  if (value instanceof Date) return `new Date(${value.getTime()})`
  if (value instanceof Long || typeof value === 'bigint') return value.toString()
  if (value instanceof Binary) return binaryText(value)
  const type = bsonType(value)
  if (type === 'decimal') return `NumberDecimal("${(value as Decimal128).toString()}")`
  if (type === 'timestamp') {
    const timestamp = value as Timestamp
    return `Timestamp(${timestamp.getHighBits() >>> 0}, ${timestamp.getLowBits() >>> 0})`
  }
  if (type === 'minKey' || type === 'maxKey') return type === 'minKey' ? 'MinKey' : 'MaxKey'
  if (type === 'regex') {
    const { pattern, options } = value as { pattern: string; options: string }
    return `/${pattern}/${options}`
  }
  return String(value)
}

function binaryText(value: Binary): string {
  if (value.sub_type === Binary.SUBTYPE_UUID && value.position === 16) return `UUID("${value.toUUID().toHexString()}")`
  const hex = Buffer.from(value.buffer.subarray(0, value.position)).toString('hex').toUpperCase()
  return `BinData(${value.sub_type}, ${hex})`
}
