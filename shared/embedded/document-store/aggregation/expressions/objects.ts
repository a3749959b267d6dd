import { CommandError } from '../../errors.ts'
import { bsonType, type Fields, isFields, setField, type Value } from '../../values/bson-values.ts'
import { fromPairs } from './arrays.ts'
import { type Compiler, type Evaluate, isNil, type Operator, type Simple } from './scope.ts'

/** Operators over documents. */
export const OBJECTS: Record<string, Simple> = {
  $mergeObjects: mergeObjects,
  $objectToArray: ([value]) => {
    if (isNil(value)) return null
    if (!isFields(value))
      throw new CommandError(40390, `$objectToArray requires a document input, found: ${bsonType(value)}`)
    return Object.entries(value).map(([k, v]) => ({ k, v }))
  },
  $arrayToObject: (values) => {
    // Pairs written out are themselves the argument: `$arrayToObject: [[['a', 1]]]` has one, a literal list has many.
    const pairs = values.length === 1 ? values[0] : values
    if (isNil(pairs)) return null
    if (!Array.isArray(pairs))
      throw new CommandError(40386, `$arrayToObject requires an array input, found: ${bsonType(pairs)}`)
    return fromPairs(pairs)
  },
}

/** Operators whose arguments have names. */
export const OBJECT_FORMS: Record<string, Operator> = {
  $getField: getField,
  $setField: (operand, compiler) => setOrUnset(operand, compiler, '$setField'),
  $unsetField: (operand, compiler) => setOrUnset(operand, compiler, '$unsetField'),
}

function mergeObjects(values: Value[]): Value {
  const [only] = values
  const merged: Fields = {}
  for (const value of values.length === 1 && Array.isArray(only) ? only : values) {
    if (isNil(value)) continue
    if (!isFields(value))
      throw new CommandError(40400, `$mergeObjects requires object inputs, but input is of type ${bsonType(value)}`)
    for (const key of Object.keys(value)) setField(merged, key, value[key])
  }
  return merged
}

function getField(operand: Value, { compile }: Compiler): Evaluate {
  const isNamed = isFields(operand) && Object.hasOwn(operand, 'field')
  const name = compile(isNamed ? operand['field'] : operand)
  const input = compile(isNamed ? (operand['input'] ?? '$$CURRENT') : '$$CURRENT')
  return (scope) => {
    const field = name(scope)
    if (typeof field !== 'string')
      throw new CommandError(3041704, `$getField requires 'field' to evaluate to type String`)
    const source = input(scope)
    if (source === null) return null
    return isFields(source) && Object.hasOwn(source, field) ? source[field] : undefined
  }
}

function setOrUnset(operand: Value, { compile }: Compiler, name: string): Evaluate {
  if (!isFields(operand)) throw new CommandError(4161100, `${name} only supports an object as its argument`)
  const field = compile(operand['field'])
  const input = compile(operand['input'])
  const value = name === '$unsetField' ? () => undefined : compile(operand['value'])
  return (scope) => {
    const source = input(scope)
    if (isNil(source)) return null
    if (!isFields(source)) throw new CommandError(4161105, `${name} requires 'input' to evaluate to type Object`)
    const key = field(scope)
    if (typeof key !== 'string') throw new CommandError(4161107, `${name} requires 'field' to evaluate to type String`)
    const changed: Fields = { ...source }
    const made = value(scope)
    if (made === undefined) delete changed[key]
    else setField(changed, key, made)
    return changed
  }
}
