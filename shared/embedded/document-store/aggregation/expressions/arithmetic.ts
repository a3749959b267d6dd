import { Decimal128, Long } from 'bson'
import { CommandError } from '../../errors.ts'
import { arithmetic } from '../../update/numbers.ts'
import { bsonType, isNumeric, toNumber, toPlain, type Value } from '../../values/bson-values.ts'
import { checkCount } from './comparisons.ts'
import { isNil, type Simple } from './scope.ts'

/** Arithmetic over promoted numbers; longs beyond 2^53 and decimals are added and multiplied exactly. */
export const ARITHMETIC: Record<string, Simple> = {
  $add: add,
  $subtract: subtract,
  $multiply: (values) =>
    values.some(isNil)
      ? null
      : values.reduce((left, right) => combine('$mul', numeric('$multiply', left), numeric('$multiply', right)), 1),
  $divide: (values, name) => binary(values, name, divide),
  $mod: (values, name) => binary(values, name, modulo),
  $pow: (values, name) => binary(values, name, (left, right) => left ** right),
  $log: (values, name) => binary(values, name, (value, base) => Math.log(positive('$log', value)) / Math.log(base)),
  $abs: unary(Math.abs),
  $ceil: unary(Math.ceil),
  $floor: unary(Math.floor),
  $exp: unary(Math.exp),
  $sqrt: unary((value) => Math.sqrt(notNegative(value))),
  $ln: unary((value) => Math.log(positive('$ln', value))),
  $log10: unary((value) => Math.log10(positive('$log10', value))),
  $round: (values, name) => rounded(values, name, roundHalfEven),
  $trunc: (values, name) => rounded(values, name, Math.trunc),
}

function add(values: Value[]): Value {
  if (values.some(isNil)) return null
  const dates = values.filter((value) => value instanceof Date)
  if (dates.length > 1) throw new CommandError(16612, 'only one date allowed in an $add expression')
  const [date] = dates
  const sum = values.reduce<Value>(
    (total, value) => (value instanceof Date ? total : combine('$inc', total, numeric('$add', value))),
    0,
  )
  return date ? new Date(date.getTime() + toNumber(sum)) : sum
}

function subtract(values: Value[], name: string): Value {
  checkCount(values, name, 2)
  const [left, right] = values
  if (isNil(left) || isNil(right)) return null
  if (left instanceof Date) {
    return right instanceof Date
      ? left.getTime() - right.getTime()
      : new Date(left.getTime() - toNumber(numeric(name, right)))
  }
  return combine('$inc', numeric(name, left), negated(numeric(name, right)))
}

function negated(value: Value): Value {
  if (value instanceof Long) return value.negate()
  if (value instanceof Decimal128) {
    const text = value.toString()
    return Decimal128.fromString(text.startsWith('-') ? text.slice(1) : `-${text}`)
  }
  return -toNumber(value)
}

function combine(operation: '$inc' | '$mul', left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') return operation === '$inc' ? left + right : left * right
  return toPlain(arithmetic(operation, left, right))
}

function numeric(name: string, value: Value): Value {
  if (isNumeric(value)) return value
  throw new CommandError(
    name === '$multiply' ? 16555 : 16554,
    `${name} only supports numeric${name === '$multiply' ? '' : ' or date'} types, not ${bsonType(value)}`,
  )
}

function binary(values: Value[], name: string, compute: (left: number, right: number) => number): Value {
  checkCount(values, name, 2)
  const [left, right] = values
  if (isNil(left) || isNil(right)) return null
  if (!isNumeric(left) || !isNumeric(right)) {
    throw new CommandError(16609, `${name} only supports numeric types, not ${bsonType(left)} and ${bsonType(right)}`)
  }
  return compute(toNumber(left), toNumber(right))
}

function divide(left: number, right: number): number {
  if (right === 0) throw new CommandError(16608, "can't $divide by zero")
  return left / right
}

function modulo(left: number, right: number): number {
  if (right === 0) throw new CommandError(16610, "can't $mod by zero")
  return left % right
}

function unary(compute: (value: number) => number): Simple {
  return (values, name) => {
    checkCount(values, name, 1)
    const [value] = values
    if (isNil(value)) return null
    if (!isNumeric(value)) throw new CommandError(28765, `${name} only supports numeric types, not ${bsonType(value)}`)
    return compute(toNumber(value))
  }
}

function positive(name: string, value: number): number {
  if (value <= 0) throw new CommandError(28766, `${name}'s argument must be a positive number, but is ${value}`)
  return value
}

function notNegative(value: number): number {
  if (value < 0) throw new CommandError(28714, "$sqrt's argument must be greater than or equal to 0")
  return value
}

function rounded(values: Value[], name: string, round: (value: number) => number): Value {
  const [value, place = 0] = values
  if (isNil(value) || isNil(place)) return null
  if (!isNumeric(value)) throw new CommandError(51081, `${name} only supports numeric types, not ${bsonType(value)}`)
  const digits = toNumber(place)
  if (!Number.isInteger(digits) || digits < -20 || digits > 100) {
    throw new CommandError(51082, `precision argument to ${name} must be a integral value`)
  }
  const number = toNumber(value)
  if (!Number.isFinite(number)) return number
  // Shifting the decimal point in the text avoids the error a multiplication would add: 1.005 is below 1.005.
  return digits === 0 ? round(number) : Number(`${round(Number(shift(number, digits)))}e${-digits}`)
}

function shift(number: number, digits: number): string {
  const [mantissa = '0', exponent = '0'] = number.toString().split('e')
  return `${mantissa}e${Number(exponent) + digits}`
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
