import { type Decimal128, Long } from 'bson'

const EXPONENT_BIAS = 0x4000

interface Scaled {
  digits: bigint
  exponent: number
}

/**
 * Splits a number that no double holds exactly into its nearest double and the ordered bytes of what is left, so that
 * 64-bit integers, decimals and doubles sort by their true value. Rounding never reverses an order, so comparing the
 * double first and the remainder second is exact.
 */
export function encodeRemainder(value: Long | bigint | Decimal128): { nearest: number; remainder: Buffer } {
  const text = typeof value === 'bigint' || value instanceof Long ? value.toString() : String(value)
  const rounded = Number(text)
  if (Number.isNaN(rounded) || text.endsWith('Infinity')) return { nearest: rounded, remainder: Buffer.of(0x80) }
  // A decimal too large for a double still sorts below Infinity.
  const nearest = Number.isFinite(rounded) ? rounded : Math.sign(rounded) * Number.MAX_VALUE
  return { nearest, remainder: orderedBytes(subtract(parseDecimal(text), exactDouble(nearest))) }
}

function parseDecimal(text: string): Scaled {
  const [mantissa = '0', power = '0'] = text.toUpperCase().split('E')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length }
}

/** A double is mantissa × 2^power; a negative power of two is a power of five over a power of ten. */
function exactDouble(value: number): Scaled {
  if (value === 0) return { digits: 0n, exponent: 0 }
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & ((1n << 52n) - 1n)
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n)
  const power = (biased === 0 ? 1 : biased) - 1075
  const signed = value < 0 ? -mantissa : mantissa
  return power >= 0
    ? { digits: signed << BigInt(power), exponent: 0 }
    : { digits: signed * 5n ** BigInt(-power), exponent: power }
}

function subtract(left: Scaled, right: Scaled): Scaled {
  const exponent = Math.min(left.exponent, right.exponent)
  const scale = (number: Scaled): bigint => number.digits * 10n ** BigInt(number.exponent - exponent)
  return { digits: scale(left) - scale(right), exponent }
}

function orderedBytes(remainder: Scaled): Buffer {
  if (remainder.digits === 0n) return Buffer.of(0x80)
  const negative = remainder.digits < 0n
  const all = (negative ? -remainder.digits : remainder.digits).toString()
  const digits = all.replace(/0+$/, '')
  const magnitude = remainder.exponent + all.length + EXPONENT_BIAS
  const bytes = Buffer.alloc(digits.length + 4)
  bytes[0] = 0xc0
  bytes.writeUInt16BE(magnitude, 1)
  for (let at = 0; at < digits.length; at++) bytes[at + 3] = digits.charCodeAt(at)
  return negative ? Buffer.from(bytes.map((byte) => 0xff - byte)) : bytes
}
