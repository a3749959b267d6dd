import { Int32, Long, Timestamp } from 'bson'
import { CommandError } from '../errors.ts'
import type { QueryContext } from '../query/filter-types.ts'
import { bsonType, clone, type Fields, isFields, isNumeric, type Value } from '../values/bson-values.ts'
import { compareValues } from '../values/compare.ts'
import { shellText } from '../values/shell-text.ts'
import { addToSet, type Place, pop, pull, pullAll, push } from './array-modifiers.ts'
import { arithmetic, toBigInt } from './numbers.ts'
import { readTarget, removeTarget, writeTarget } from './target.ts'

/** One modifier on one concrete path of a document being changed. */
export interface Modification {
  operator: string
  operand: Value
  path: readonly string[]
  now: Date
  context: QueryContext
}

export const MODIFIERS = new Set([
  '$set',
  '$setOnInsert',
  '$unset',
  '$inc',
  '$mul',
  '$min',
  '$max',
  '$rename',
  '$currentDate',
  '$push',
  '$addToSet',
  '$pop',
  '$pull',
  '$pullAll',
  '$bit',
])

/** Applies one modifier in place. */
export function modify(document: Fields, modification: Modification): void {
  const { operator, operand, path } = modification
  if (operator === '$unset') return removeTarget(document, path)
  if (operator === '$rename') return rename(document, path, String(operand).split('.'))
  const current = readTarget(document, path)
  const next = nextValue(current, modification, { path: path.join('.'), id: document['_id'] })
  if (next !== current) writeTarget(document, path, next)
}

function nextValue(current: Value, modification: Modification, place: Place): Value {
  const { operator, operand, now, context } = modification
  switch (operator) {
    case '$set':
    case '$setOnInsert':
      return clone(operand)
    case '$inc':
    case '$mul':
      return calculate(operator, { current, operand }, place)
    case '$min':
      return current === undefined || compareValues(operand, current, context.collation?.compare) < 0
        ? clone(operand)
        : current
    case '$max':
      return current === undefined || compareValues(operand, current, context.collation?.compare) > 0
        ? clone(operand)
        : current
    case '$currentDate':
      return currentDate(operand, now)
    case '$bit':
      return bitwise(current, operand, place)
    case '$push':
      return push(current, operand, place)
    case '$addToSet':
      return addToSet(current, operand, place)
    default:
      return shrunk(current, modification, place)
  }
}

function calculate(
  operator: '$inc' | '$mul',
  { current, operand }: { current: Value; operand: Value },
  place: Place,
): Value {
  if (!isNumeric(operand)) {
    const verb = operator === '$inc' ? 'increment' : 'multiply'
    throw new CommandError(14, `Cannot ${verb} with non-numeric argument: ${shellText({ [place.path]: operand })}`)
  }
  if (current === undefined) return operator === '$inc' ? operand : arithmetic('$mul', new Int32(0), operand)
  if (!isNumeric(current)) {
    throw new CommandError(
      14,
      `Cannot apply ${operator} to a value of non-numeric type. {_id: ${shellText(place.id)}} has the field '${place.path.split('.').at(-1)}' of non-numeric type ${bsonType(current)}`,
    )
  }
  return arithmetic(operator, current, operand)
}

function currentDate(operand: Value, now: Date): Value {
  if (typeof operand === 'boolean') return now
  const type = isFields(operand) ? operand['$type'] : undefined
  if (type === 'date') return now
  if (type === 'timestamp') return new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 })
  throw new CommandError(
    2,
    "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
  )
}

function bitwise(current: Value, operand: Value, place: Place): Value {
  if (!isFields(operand))
    throw new CommandError(
      2,
      `The $bit modifier is not compatible with a ${bsonType(operand)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
    )
  const type = bsonType(current)
  if (current !== undefined && type !== 'int' && type !== 'long') {
    throw new CommandError(
      2,
      `Cannot apply $bit to a value of non-integral type. {_id: ${shellText(place.id)}} has the field ${place.path} of non-integer type ${type}`,
    )
  }
  let bits = current === undefined ? 0n : toBigInt(current)
  let long = type === 'long'
  for (const [name, value] of Object.entries(operand)) {
    long ||= bsonType(value) === 'long'
    bits = bitOperation(name, bits, toBigInt(value))
  }
  return long ? Long.fromBigInt(BigInt.asIntN(64, bits)) : new Int32(Number(BigInt.asIntN(32, bits)))
}

function bitOperation(name: string, bits: bigint, value: bigint): bigint {
  switch (name) {
    case 'and':
      return bits & value
    case 'or':
      return bits | value
    case 'xor':
      return bits ^ value
    default:
      throw new CommandError(
        2,
        `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator`,
      )
  }
}

function shrunk(current: Value, { operator, operand, context }: Modification, place: Place): Value {
  if (operator === '$pullAll' && !Array.isArray(operand)) return pullAll([], operand)
  if (current === undefined) return current
  if (!Array.isArray(current)) {
    if (operator !== '$pop') throw new CommandError(2, `Cannot apply ${operator} to a non-array value`)
    throw new CommandError(14, `Path '${place.path}' contains an element of non-array type '${bsonType(current)}'`)
  }
  const next =
    operator === '$pop'
      ? pop(current, operand)
      : operator === '$pull'
        ? pull(current, operand, context)
        : pullAll(current, operand)
  return next.length === current.length ? current : next
}

function rename(document: Fields, from: readonly string[], to: readonly string[]): void {
  if (crossesArray(document, from))
    throw new CommandError(
      2,
      `The source field cannot be an array element, '${from.join('.')}' in doc with _id: ${shellText(document['_id'])} has an array field`,
    )
  if (crossesArray(document, to))
    throw new CommandError(
      2,
      `The destination field cannot be an array element, '${to.join('.')}' in doc with _id: ${shellText(document['_id'])} has an array field`,
    )
  const value = readTarget(document, from)
  if (value === undefined) return
  removeTarget(document, from)
  writeTarget(document, to, value)
}

function crossesArray(document: Fields, path: readonly string[]): boolean {
  return path.some((_, depth) => depth > 0 && Array.isArray(readTarget(document, path.slice(0, depth))))
}
