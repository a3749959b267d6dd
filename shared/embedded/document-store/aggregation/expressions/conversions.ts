import { Decimal128, Long, ObjectId } from 'bson'
import { CommandError } from '../../errors.ts'
import { bsonType, isNumeric, toNumber, toPlain, type Value } from '../../values/bson-values.ts'
import { isNil, type Simple } from './scope.ts'
import { isTruthy } from './truth.ts'

/** Conversions between types, and questions about them. */
export const CONVERSIONS: Record<string, Simple> = {
  $type: ([value]) => (value === undefined ? 'missing' : bsonType(value)),
  $isNumber: ([value]) => isNumeric(value),
  $toString: ([value]) => (isNil(value) ? null : textOf(value)),
  $toBool: ([value]) => (isNil(value) ? null : isTruthy(value)),
  $toInt: ([value]) => (isNil(value) ? null : integer(value, 'int')),
  $toLong: ([value]) => (isNil(value) ? null : integer(value, 'long')),
  $toDouble: ([value]) => (isNil(value) ? null : double(value)),
  $toDecimal: ([value]) =>
    isNil(value)
      ? null
      : Decimal128.fromString(
          value instanceof Date
            ? String(value.getTime())
            : typeof value === 'boolean'
              ? String(Number(value))
              : String(value),
        ),
  $toDate: ([value]) => (isNil(value) ? null : date(value)),
  $toObjectId: ([value]) => (isNil(value) ? null : objectId(value)),
}

/** The text of a value as `$toString` gives it. */
export function textOf(value: Value): string {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof ObjectId) return value.toHexString()
  if (Array.isArray(value) || bsonType(value) === 'object') throw failed(value, 'string', 'no onError value')
  return String(value)
}

function integer(value: Value, type: 'int' | 'long'): Value {
  if (typeof value === 'string') {
    if (!/^[+-]?\d+$/.test(value)) throw failed(value, type, `Did not consume whole string or bad digit: ${value}`)
    return toPlain(inRange(BigInt(value), type))
  }
  if (value instanceof Long) return toPlain(inRange(value.toBigInt(), type))
  const number =
    typeof value === 'boolean'
      ? Number(value)
      : value instanceof Date && type === 'long'
        ? value.getTime()
        : isNumeric(value)
          ? toNumber(value)
          : undefined
  if (number === undefined || !Number.isFinite(number)) throw failed(value, type, 'unsupported conversion')
  return toPlain(inRange(BigInt(Math.trunc(number)), type))
}

function inRange(value: bigint, type: 'int' | 'long'): Value {
  const bits = type === 'int' ? 32 : 64
  if (BigInt.asIntN(bits, value) !== value)
    throw new CommandError(241, `Conversion would overflow target type in $convert with no onError value: ${value}`)
  return Long.fromBigInt(value)
}

function double(value: Value): number {
  if (typeof value === 'string') {
    const number = value.trim() === '' || value !== value.trim() ? Number.NaN : Number(value)
    if (Number.isNaN(number) && value !== 'NaN') throw failed(value, 'double', 'Did not consume whole string')
    return number
  }
  if (typeof value === 'boolean') return Number(value)
  if (value instanceof Date) return value.getTime()
  if (isNumeric(value)) return toNumber(value)
  throw failed(value, 'double', 'unsupported conversion')
}

function date(value: Value): Date {
  if (value instanceof ObjectId) return value.getTimestamp()
  if (value instanceof Date) return value
  const made =
    typeof value === 'string'
      ? new Date(/^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(value) ? `${value}Z` : value)
      : isNumeric(value)
        ? new Date(toNumber(value))
        : undefined
  if (!made || Number.isNaN(made.getTime())) throw failed(value, 'date', 'cannot be read as a date')
  return made
}

function objectId(value: Value): ObjectId {
  if (value instanceof ObjectId) return value
  if (typeof value === 'string' && /^[0-9a-fA-F]{24}$/.test(value)) return new ObjectId(value)
  throw failed(value, 'objectId', 'invalid length or digits')
}

function failed(value: Value, type: string, why: string): CommandError {
  return new CommandError(
    241,
    `Failed to parse value of type ${bsonType(value)} as ${type} in $convert with no onError value: ${why}`,
  )
}
