import { BSONRegExp } from 'bson'
import { CommandError } from '../errors.ts'
import { bsonType, type Fields, isFields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'
import { compareStrings, compareValues, equalValues, sameTypeBracket, type StringOrder } from '../values/compare.ts'
import { bitTest } from './bit-tests.ts'
import type { FieldPredicate, Filter, QueryContext } from './filter-types.ts'
import { anyValueAt, splitPath, type ValueTest } from './paths.ts'
import { parseTypes } from './type-names.ts'
import { isRegex, regexTest } from './regex.ts'

export interface PredicateContext {
  context: QueryContext
  compile: (query: Value, context: QueryContext) => Filter
}

interface Operation {
  path: string
  operator: string
  operand: Value
}

const NEGATIONS: Record<string, string> = { $ne: '$eq', $nin: '$in' }

/** The predicates of one entry of a query: `{ field: value }` or `{ field: { $operator: operand, … } }`. */
export function fieldPredicates(path: string, operand: Value, setup: PredicateContext): FieldPredicate[] {
  if (isRegex(operand)) return [predicate({ path, operator: '$regex', operand }, setup)]
  if (!isOperatorObject(operand)) return [predicate({ path, operator: '$eq', operand }, setup)]
  const options = (operand as Fields)['$options']
  return Object.entries(operand as Fields).flatMap(([operator, value]) => {
    if (operator === '$options') {
      if (!Object.hasOwn(operand as Fields, '$regex')) throw new CommandError(2, '$options needs a $regex')
      return []
    }
    const merged = operator === '$regex' ? withOptions(value, options) : value
    return [predicate({ path, operator, operand: merged }, setup)]
  })
}

/** Whether a value is `{ $operator: … }` rather than a document to be equal to. */
export function isOperatorObject(value: Value): boolean {
  if (!isFields(value) || (value as { _bsontype?: unknown })._bsontype !== undefined) return false
  const first = Object.keys(value)[0]
  return first !== undefined && first.startsWith('$') && first !== '$ref' && first !== '$id' && first !== '$db'
}

function withOptions(pattern: Value, options: Value): Value {
  if (options === undefined) return pattern
  if (typeof options !== 'string') throw new CommandError(2, '$options has to be a string')
  if (isRegex(pattern)) return new BSONRegExp((pattern as BSONRegExp).pattern, options)
  return new BSONRegExp(String(pattern), [...options].toSorted().join(''))
}

function predicate(operation: Operation, setup: PredicateContext): FieldPredicate {
  const { path, operator, operand } = operation
  if (operator === '$not') return negate(operation, setup)
  const positive = NEGATIONS[operator]
  if (positive)
    return { ...operation, negated: true, test: invert(predicate({ path, operator: positive, operand }, setup).test) }
  if (operator === '$exists' && !truthy(operand)) {
    return { ...operation, negated: true, test: invert(predicate({ path, operator, operand: true }, setup).test) }
  }
  const { test, openLeafArrays = true } = valueTest(operation, setup)
  const segments = splitPath(path)
  return {
    ...operation,
    negated: false,
    test: (document, details) => anyValueAt(document, { segments, test, details, openLeafArrays }),
  }
}

function truthy(operand: Value): boolean {
  return isNumeric(operand) ? toNumber(operand) !== 0 : operand !== false && operand !== null && operand !== undefined
}

function invert(test: FieldPredicate['test']): FieldPredicate['test'] {
  return (document) => !test(document)
}

function negate(operation: Operation, setup: PredicateContext): FieldPredicate {
  const { path, operand } = operation
  if (isRegex(operand)) {
    return { ...operation, negated: true, test: invert(predicate({ path, operator: '$regex', operand }, setup).test) }
  }
  if (!isOperatorObject(operand)) throw new CommandError(2, '$not needs a regex or a document')
  const inner = fieldPredicates(path, operand, setup)
  return { ...operation, negated: true, test: (document) => !inner.every((one) => one.test(document)) }
}

interface LeafTest {
  test: ValueTest
  openLeafArrays?: boolean
}

function valueTest(operation: Operation, setup: PredicateContext): LeafTest {
  const { operator, operand } = operation
  const strings = setup.context.collation?.compare ?? compareStrings
  switch (operator) {
    case '$eq':
      return { test: equalTest(operand, strings) }
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return { test: rangeTest(operator, operand, strings) }
    case '$in':
      return { test: inTest(operand, strings) }
    case '$exists':
      return { test: (value) => value !== undefined, openLeafArrays: false }
    case '$type':
      return { test: typeTest(operand) }
    case '$regex':
      return { test: regexTest(operand) }
    case '$mod':
      return { test: modTest(operand) }
    case '$bitsAllSet':
    case '$bitsAnySet':
    case '$bitsAllClear':
    case '$bitsAnyClear':
      return { test: bitTest(operator, operand) }
    case '$size':
    case '$all':
    case '$elemMatch':
      return arrayTest(operation, setup)
    case '$near':
    case '$nearSphere':
    case '$geoWithin':
    case '$geoIntersects':
      throw new CommandError(2, `${operator} is not supported: this server has no geospatial queries`)
    default:
      throw new CommandError(2, `unknown operator: ${operator}`)
  }
}

function arrayTest(operation: Operation, setup: PredicateContext): LeafTest {
  switch (operation.operator) {
    case '$size':
      return { test: sizeTest(operation.operand), openLeafArrays: false }
    case '$elemMatch':
      return { test: elemMatchTest(operation.operand, setup), openLeafArrays: false }
    default:
      return allTest(operation.operand, setup)
  }
}

function equalTest(operand: Value, strings: StringOrder): ValueTest {
  if (operand === null || operand === undefined) return (value) => value === null || value === undefined
  if (typeof operand === 'string' && strings === compareStrings) {
    return (value) => value === operand || (typeof value === 'object' && equalValues(value, operand))
  }
  return (value) => value !== undefined && equalValues(value, operand, strings)
}

function rangeTest(operator: string, operand: Value, strings: StringOrder): ValueTest {
  if (isRegex(operand)) throw new CommandError(2, `Can't have RegEx as arg to predicate over field`)
  if (operand === null || operand === undefined) {
    return operator.endsWith('e') ? (value) => value === null || value === undefined : () => false
  }
  const type = bsonType(operand)
  // MinKey and MaxKey compare with every type; all else only with its own.
  const anyType = type === 'minKey' || type === 'maxKey'
  const isNaNOperand = isNumeric(operand) && Number.isNaN(toNumber(operand))
  const accepts = orderTest(operator)
  return (value) => {
    if (value === undefined || (!anyType && !sameTypeBracket(value, operand))) return false
    if (isNaNOperand || (isNumeric(value) && Number.isNaN(toNumber(value)))) {
      return operator.endsWith('e') && equalValues(value, operand)
    }
    return accepts(compareValues(value, operand, strings))
  }
}

function orderTest(operator: string): (order: number) => boolean {
  switch (operator) {
    case '$gt':
      return (order) => order > 0
    case '$gte':
      return (order) => order >= 0
    case '$lt':
      return (order) => order < 0
    default:
      return (order) => order <= 0
  }
}

function inTest(operand: Value, strings: StringOrder): ValueTest {
  if (!Array.isArray(operand)) throw new CommandError(2, '$in needs an array')
  const tests = operand.map((one) => {
    if (isOperatorObject(one)) throw new CommandError(2, 'cannot nest $ under $in')
    return isRegex(one) ? regexTest(one) : equalTest(one, strings)
  })
  return (value) => tests.some((test) => test(value))
}

function typeTest(operand: Value): ValueTest {
  const types = parseTypes(operand)
  return (value) => value !== undefined && types.has(bsonType(value))
}

function modTest(operand: Value): ValueTest {
  if (!Array.isArray(operand)) throw new CommandError(2, 'malformed mod, needs to be an array')
  if (operand.length < 2) throw new CommandError(2, 'malformed mod, not enough elements')
  if (operand.length > 2) throw new CommandError(2, 'malformed mod, too many elements')
  const divisor = Math.trunc(toNumber(operand[0]))
  const remainder = Math.trunc(toNumber(operand[1]))
  if (Number.isNaN(divisor)) throw new CommandError(2, 'malformed mod, divisor not a number')
  if (Number.isNaN(remainder)) throw new CommandError(2, 'malformed mod, remainder not a number')
  if (divisor === 0) throw new CommandError(2, 'divisor cannot be 0')
  return (value) => {
    const number = isNumeric(value) ? toNumber(value) : Number.NaN
    return Number.isFinite(number) && Math.trunc(number) % divisor === remainder
  }
}

function sizeTest(operand: Value): ValueTest {
  if (!isNumeric(operand))
    throw new CommandError(2, `Failed to parse $size. Expected a number in: $size: ${String(operand)}`)
  const size = toNumber(operand)
  if (!Number.isInteger(size)) throw new CommandError(2, `Failed to parse $size. Expected an integer: $size: ${size}`)
  if (size < 0) throw new CommandError(2, `Failed to parse $size. Expected a non-negative number in: $size: ${size}`)
  return (value) => Array.isArray(value) && value.length === size
}

function elemMatchTest(operand: Value, setup: PredicateContext): ValueTest {
  if (!isFields(operand)) throw new CommandError(2, '$elemMatch needs an Object')
  const matches = elementTest(operand, setup)
  return (value, details) => {
    if (!Array.isArray(value)) return false
    const index = value.findIndex(matches)
    if (index >= 0 && details) details.index = index
    return index >= 0
  }
}

/** `$elemMatch: { $gt: 1 }` tests the element itself, `$elemMatch: { a: 1 }` its fields. */
function elementTest(operand: Fields, setup: PredicateContext): (element: Value) => boolean {
  const first = Object.keys(operand)[0]
  const logical = first === '$and' || first === '$or' || first === '$nor' || first === '$expr'
  if (!isOperatorObject(operand) || logical) {
    const filter = setup.compile(operand, setup.context)
    return (element) => {
      if (Array.isArray(element)) return filter.test(Object.fromEntries(element.entries()))
      return isFields(element) && filter.test(element)
    }
  }
  const predicates = fieldPredicates('element', operand, setup)
  return (element) => predicates.every((one) => one.test({ element }))
}

function allTest(operand: Value, setup: PredicateContext): LeafTest {
  if (!Array.isArray(operand)) throw new CommandError(2, '$all needs an array')
  const strings = setup.context.collation?.compare ?? compareStrings
  const tests = operand.map((one): ((value: Value) => boolean) => {
    if (isFields(one) && Object.hasOwn(one, '$elemMatch')) return elemMatchTest(one['$elemMatch'], setup)
    if (isOperatorObject(one)) throw new CommandError(2, 'no $ expressions in $all')
    const test = isRegex(one) ? regexTest(one) : equalTest(one, strings)
    return (value) => test(value) || (Array.isArray(value) && value.some((element) => test(element)))
  })
  // Each wanted value may be met by another element, so the array is tested as a whole.
  return { test: (value) => tests.length > 0 && tests.every((test) => test(value)), openLeafArrays: false }
}
