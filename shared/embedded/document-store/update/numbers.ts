import { Decimal128, Double, Int32, Long } from 'bson'
import { CommandError } from '../errors.ts'
import { bsonType, toNumber, type Value } from '../values/bson-values.ts'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/** Adds or multiplies two BSON numbers as `$inc` and `$mul` do: the wider type wins, an overflowing int becomes a long. */
export function arithmetic(operation: '$inc' | '$mul', left: Value, right: Value): Value {
  const types = new Set([bsonType(left), bsonType(right)])
  if (types.has('decimal')) return decimal(operation, left, right)
  if (types.has('double')) return new Double(compute(operation, toNumber(left), toNumber(right)))
  const exact = operation === '$inc' ? toBigInt(left) + toBigInt(right) : toBigInt(left) * toBigInt(right)
  if (exact < INT64_MIN || exact > INT64_MAX) {
    throw new CommandError(2, `Failed to apply ${operation} operations to current value ((NumberLong)${String(left)})`)
  }
  const fits = exact >= -0x80000000n && exact <= 0x7fffffffn && !types.has('long')
  return fits ? new Int32(Number(exact)) : Long.fromBigInt(exact)
}

/** An integer of any BSON integer type. */
export function toBigInt(value: Value): bigint {
  return value instanceof Long ? value.toBigInt() : BigInt(toNumber(value))
}

function compute(operation: '$inc' | '$mul', left: number, right: number): number {
  return operation === '$inc' ? left + right : left * right
}

/** Exact for the decimals money is written in; beyond 34 digits it rounds as Decimal128 must. */
function decimal(operation: '$inc' | '$mul', left: Value, right: Value): Decimal128 {
  const a = scaled(String(left))
  const b = scaled(String(right))
  if (!a || !b) return Decimal128.fromString(String(compute(operation, toNumber(left), toNumber(right))))
  if (operation === '$mul') return fromScaled(a.digits * b.digits, a.exponent + b.exponent)
  const exponent = Math.min(a.exponent, b.exponent)
  const raise = (one: Scaled): bigint => one.digits * 10n ** BigInt(one.exponent - exponent)
  return fromScaled(raise(a) + raise(b), exponent)
}

interface Scaled {
  digits: bigint
  exponent: number
}

function scaled(text: string): Scaled | undefined {
  const parts = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (!parts) return undefined
  const [, sign = '', whole = '0', fraction = '', power = '0'] = parts
  return { digits: BigInt(sign + whole + fraction), exponent: Number(power) - fraction.length }
}

function fromScaled(digits: bigint, exponent: number): Decimal128 {
  return Decimal128.fromStringWithRounding(`${digits}E${exponent}`)
}
