import { Binary, Long } from 'bson'
import { CommandError } from '../errors.ts'
import { isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import type { ValueTest } from './paths.ts'

/** The `$bits…` operators over integers (sign extended) and binary data (little endian). */
export function bitTest(operator: string, operand: Value): ValueTest {
  const positions = bitPositions(operator, operand)
  const wanted = operator.endsWith('Set')
  const all = operator.startsWith('$bitsAll')
  return (value) => {
    const bitAt = bitReader(value)
    if (!bitAt) return false
    const met = (position: number): boolean => bitAt(position) === wanted
    return all ? positions.every(met) : positions.some(met)
  }
}

function bitPositions(operator: string, operand: Value): number[] {
  if (Array.isArray(operand)) return operand.map((position) => bitPosition(operator, position))
  const bitAt = bitReader(operand)
  const negative = isNumeric(operand) && toNumber(operand) < 0
  if (!bitAt || negative)
    throw new CommandError(2, `${operator} takes an Array, a number, or a BinData but received: ${String(operand)}`)
  const size = operand instanceof Binary ? operand.position * 8 : 64
  return Array.from({ length: size }, (_, position) => position).filter(bitAt)
}

function bitPosition(operator: string, position: Value): number {
  const number = isNumeric(position) ? toNumber(position) : Number.NaN
  if (!Number.isInteger(number) || number < 0) {
    throw new CommandError(2, `Failed to parse bit position in ${operator}. Expected a non-negative integer`)
  }
  return number
}

function bitReader(value: Value): ((position: number) => boolean) | undefined {
  if (value instanceof Binary) {
    const bytes = value.buffer
    return (position) => (((bytes[position >> 3] ?? 0) >> (position & 7)) & 1) === 1
  }
  if (!isNumeric(value)) return undefined
  const integer = value instanceof Long ? value.toBigInt() : safeInteger(toNumber(value))
  if (integer === undefined) return undefined
  return (position) => ((integer >> BigInt(Math.min(position, 63))) & 1n) === 1n
}

function safeInteger(number: number): bigint | undefined {
  return Number.isInteger(number) && Math.abs(number) < 2 ** 63 ? BigInt(number) : undefined
}
