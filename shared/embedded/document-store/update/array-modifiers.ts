import { CommandError } from '../errors.ts'
import { isOperatorObject } from '../query/field-predicates.ts'
import { compileFilter } from '../query/filter.ts'
import type { QueryContext } from '../query/filter-types.ts'
import { isRegex } from '../query/regex.ts'
import { compareSortKeys, parseSort, sortKey } from '../query/sort.ts'
import { bsonType, clone, type Fields, isFields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import { compareValues, equalValues } from '../values/compare.ts'
import { shellText } from '../values/shell-text.ts'

/** Where a modifier acts, for its messages. */
export interface Place {
  path: string
  id: Value
}

/** `$push`, with `$each`, `$position`, `$sort` and `$slice`. */
export function push(current: Value, operand: Value, place: Place): Value[] {
  const array = arrayOrMissing('$push', current, place)
  const plan = pushPlan(operand)
  const position = plan.position ?? array.length
  const at = position < 0 ? Math.max(array.length + position, 0) : Math.min(position, array.length)
  const grown = [...array.slice(0, at), ...plan.each.map(clone), ...array.slice(at)]
  const sorted = plan.sort ? plan.sort(grown) : grown
  if (plan.slice === undefined) return sorted
  return plan.slice >= 0 ? sorted.slice(0, plan.slice) : sorted.slice(plan.slice)
}

interface PushPlan {
  each: Value[]
  position?: number
  slice?: number
  sort?: (array: Value[]) => Value[]
}

function pushPlan(operand: Value): PushPlan {
  if (!isFields(operand) || !Object.hasOwn(operand, '$each')) return { each: [operand] }
  const plan: PushPlan = { each: eachOf('$push', operand) }
  for (const [name, value] of Object.entries(operand)) {
    if (name === '$slice') plan.slice = integer('$slice', value)
    else if (name === '$position') plan.position = integer('$position', value)
    else if (name === '$sort') plan.sort = elementSort(value)
    else if (name !== '$each') throw new CommandError(2, `Unrecognized clause in $push: ${name}`)
  }
  return plan
}

function eachOf(operator: string, operand: Fields): Value[] {
  const each = operand['$each']
  if (!Array.isArray(each)) {
    throw new CommandError(
      operator === '$push' ? 2 : 14,
      `The argument to $each in ${operator} must be an array but it was of type: ${bsonType(each)}`,
    )
  }
  return each
}

function integer(name: string, value: Value): number {
  const number = isNumeric(value) ? toNumber(value) : Number.NaN
  if (!Number.isInteger(number))
    throw new CommandError(2, `The value for ${name} must be an integer value but was given type: ${bsonType(value)}`)
  return number
}

function elementSort(value: Value): (array: Value[]) => Value[] {
  if (isNumeric(value)) {
    const sign = toNumber(value)
    if (sign !== 1 && sign !== -1) throw new CommandError(2, 'The $sort element value must be either 1 or -1')
    return (array) => array.toSorted((left, right) => sign * compareValues(left, right))
  }
  const sort = parseSort(value)
  const compare = compareSortKeys(sort)
  const keyOf = (element: Value): Value[] => sortKey(isFields(element) ? element : {}, sort)
  return (array) => array.toSorted((left, right) => compare(keyOf(left), keyOf(right)))
}

/** `$addToSet`, with `$each`. */
export function addToSet(current: Value, operand: Value, place: Place): Value[] {
  const array = arrayOrMissing('$addToSet', current, place)
  const isEach = isFields(operand) && Object.keys(operand)[0] === '$each'
  const grown = [...array]
  for (const value of isEach ? eachOf('$addToSet', operand) : [operand]) {
    if (!grown.some((other) => equalValues(other, value))) grown.push(clone(value))
  }
  return grown
}

/** `$pop`: -1 takes the first element, 1 the last. */
export function pop(current: Value[], operand: Value): Value[] {
  const side = isNumeric(operand) ? toNumber(operand) : Number.NaN
  if (side !== 1 && side !== -1) throw new CommandError(9, `$pop expects 1 or -1, found: ${String(operand)}`)
  return side === 1 ? current.slice(0, -1) : current.slice(1)
}

/** `$pull`: removes what equals the value or meets the condition. */
export function pull(current: Value[], operand: Value, context: QueryContext): Value[] {
  const removes = pullTest(operand, context)
  return current.filter((element) => !removes(element))
}

function pullTest(operand: Value, context: QueryContext): (element: Value) => boolean {
  if (isRegex(operand) || isOperatorObject(operand)) {
    const filter = compileFilter({ element: operand }, context)
    // Wrapped in an array so that a nested array is one value and not its elements.
    return (element) => filter.test({ element: Array.isArray(element) ? [element] : element })
  }
  if (isFields(operand)) {
    const filter = compileFilter(operand, context)
    return (element) => isFields(element) && filter.test(element)
  }
  return (element) => equalValues(element, operand, context.collation?.compare)
}

/** `$pullAll`: removes every element equal to one of the values. */
export function pullAll(current: Value[], operand: Value): Value[] {
  if (!Array.isArray(operand))
    throw new CommandError(2, `$pullAll requires an array argument but was given a ${bsonType(operand)}`)
  return current.filter((element) => !operand.some((value) => equalValues(element, value)))
}

function arrayOrMissing(operator: string, current: Value, { path, id }: Place): Value[] {
  if (current === undefined) return []
  if (Array.isArray(current)) return current
  const message =
    operator === '$push'
      ? `The field '${path}' must be an array but is of type ${bsonType(current)} in document {_id: ${shellText(id)}}`
      : `Cannot apply $addToSet to non-array field. Field named '${path.split('.').at(-1)}' has non-array type ${bsonType(current)}`
  throw new CommandError(2, message)
}
