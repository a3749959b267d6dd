import { CommandError } from '../errors.ts'
import { type BsonType, toNumber, type Value } from '../values/bson-values.ts'

const BY_NUMBER: Record<number, BsonType> = {
  1: 'double',
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  6: 'undefined',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  12: 'dbPointer',
  13: 'javascript',
  14: 'symbol',
  15: 'javascriptWithScope',
  16: 'int',
  17: 'timestamp',
  18: 'long',
  19: 'decimal',
  [-1]: 'minKey',
  255: 'minKey',
  127: 'maxKey',
}
const NAMES = new Set<string>(Object.values(BY_NUMBER))
const NUMBERS: BsonType[] = ['int', 'double', 'long', 'decimal']

/** The types that `$type` asks for: names, numbers, or an array of both. */
export function parseTypes(operand: Value): Set<BsonType> {
  const types = new Set<BsonType>()
  const wanted = Array.isArray(operand) ? operand : [operand]
  if (wanted.length === 0) throw new CommandError(9, '$type must match at least one type')
  for (const one of wanted) for (const type of typesNamed(one)) types.add(type)
  return types
}

function typesNamed(name: Value): BsonType[] {
  if (typeof name === 'string') {
    if (name === 'number') return NUMBERS
    if (NAMES.has(name)) return [name as BsonType]
    throw new CommandError(2, `Unknown type name alias: ${name}`)
  }
  const type = BY_NUMBER[toNumber(name)]
  if (!type) throw new CommandError(2, `Invalid numerical type code: ${String(name)}`)
  return [type]
}
