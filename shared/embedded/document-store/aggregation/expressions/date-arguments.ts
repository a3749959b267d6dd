import { ObjectId, Timestamp } from 'bson'
import { CommandError } from '../../errors.ts'
import { bsonType, type Fields, isFields, isNumeric, toNumber, type Value } from '../../values/bson-values.ts'
import { isNil } from './scope.ts'

/** The milliseconds of what can stand for a date; null of nothing. */
export function instantOf(value: Value): number | null {
  if (isNil(value)) return null
  if (value instanceof Date) return value.getTime()
  if (value instanceof ObjectId) return value.getTimestamp().getTime()
  if (value instanceof Timestamp) return value.getHighBits() * 1000
  throw new CommandError(16006, `can't convert from BSON type ${bsonType(value)} to Date`)
}

/** The named arguments of a date operator. */
export function namedArguments(name: string, value: Value): Fields {
  if (isFields(value)) return value
  throw new CommandError(5439007, `${name} only supports an object as its argument`)
}

/** The zone an operator was given, undefined standing for UTC; null makes its answer null. */
export function zoneOf({ timezone }: Fields): string | undefined | null {
  if (timezone === undefined || timezone === null) return timezone
  if (typeof timezone === 'string') return timezone
  throw new CommandError(40517, `timezone must evaluate to a string, found ${bsonType(timezone)}`)
}

/** A whole number argument. */
export function wholeArgument(name: string, value: Value): number {
  const number = isNumeric(value) ? toNumber(value) : Number.NaN
  if (Number.isInteger(number)) return number
  throw new CommandError(5166405, `${name} expects integer arguments, found ${bsonType(value)}`)
}
