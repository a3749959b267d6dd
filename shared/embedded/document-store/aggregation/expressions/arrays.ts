import { CommandError } from '../../errors.ts'
import { compareSortKeys, parseSort, sortKey } from '../../query/sort.ts'
import { bsonType, type Fields, isFields, isNumeric, setField, toNumber, type Value } from '../../values/bson-values.ts'
import { compareValues, equalValues } from '../../values/compare.ts'
import { type Compiler, type Evaluate, isNil, type Operator, type Simple } from './scope.ts'
import { average, percentiles, sum } from './statistics.ts'

/** Operators over arrays. */
export const ARRAYS: Record<string, Simple> = {
  $arrayElemAt: elementAt,
  $first: (values, name) => edge(values, name, 0),
  $last: (values, name) => edge(values, name, -1),
  $size: ([array], name) => {
    if (!Array.isArray(array))
      throw new CommandError(17124, `The argument to ${name} must be an array, but was of type: ${typeName(array)}`)
    return array.length
  },
  $isArray: ([value]) => Array.isArray(value),
  $in: ([value, array], _, { strings }) => {
    if (!Array.isArray(array))
      throw new CommandError(40081, `$in requires an array as a second argument, found: ${typeName(array)}`)
    return array.some((element) => equalValues(element, value ?? null, strings))
  },
  $concatArrays: (values) =>
    values.some(isNil) ? null : values.flatMap((array) => requireArray('$concatArrays', array, 28664)),
  $reverseArray: ([array]) => (isNil(array) ? null : requireArray('$reverseArray', array, 34435).toReversed()),
  $slice: slice,
  $indexOfArray: indexOf,
  $range: range,
  $setUnion: (values) =>
    values.some(isNil) ? null : distinct(values.flatMap((array) => requireArray('$setUnion', array, 17043))),
  $setIntersection: (values) =>
    values.some(isNil)
      ? null
      : values
          .map((array) => requireArray('$setIntersection', array, 17047))
          .reduce((left, right) => distinct(left.filter((value) => contains(right, value)))),
  $setDifference: ([left, right]) =>
    isNil(left) || isNil(right)
      ? null
      : distinct(
          requireArray('$setDifference', left, 17048).filter(
            (value) => !contains(requireArray('$setDifference', right, 17049), value),
          ),
        ),
  $setEquals: (values) => values.every((array) => isSubset(array, values[0]) && isSubset(values[0], array)),
  $setIsSubset: ([left, right]) => isSubset(left, right),
  $sum: (values) => sum(spread(values)),
  $avg: (values) => average(spread(values)),
  $min: (values, _, { strings }) => extreme(spread(values), (order) => order < 0, strings),
  $max: (values, _, { strings }) => extreme(spread(values), (order) => order > 0, strings),
}

/** Operators whose arguments have names. */
export const ARRAY_FORMS: Record<string, Operator> = {
  $sortArray: sorting,
  $percentile: (operand, compiler) => percentileForm(operand, compiler),
  $median: (operand, compiler) => {
    const all = percentileForm({ ...(operand as Fields), p: [0.5] }, compiler)
    return (scope) => (all(scope) as Value[])[0]
  },
}

function typeName(value: Value): string {
  return value === undefined ? 'missing' : bsonType(value)
}

function requireArray(name: string, value: Value, code: number): Value[] {
  if (Array.isArray(value)) return value
  throw new CommandError(code, `${name} only supports arrays, not ${typeName(value)}`)
}

function elementAt([array, index]: Value[], name: string): Value {
  if (isNil(array) || isNil(index)) return null
  if (!Array.isArray(array))
    throw new CommandError(28689, `${name}'s first argument must be an array, but is ${typeName(array)}`)
  if (!isNumeric(index))
    throw new CommandError(28690, `${name}'s second argument must be a numeric value, but is ${typeName(index)}`)
  return array.at(toNumber(index))
}

function edge(values: Value[], name: string, index: number): Value {
  // `$first: [a, b]` as an expression is about one array: a list of several is itself that array.
  const array = values.length === 1 ? values[0] : values
  if (isNil(array)) return null
  return requireArray(name, array, 28689).at(index)
}

function slice([array, first, second]: Value[]): Value {
  if (isNil(array) || isNil(first) || second === null) return null
  const elements = requireArray('$slice', array, 28724)
  const from = toNumber(first)
  if (second === undefined) return from >= 0 ? elements.slice(0, from) : elements.slice(from)
  const count = toNumber(second)
  if (!(count > 0)) throw new CommandError(28729, `Third argument to $slice must be positive: ${count}`)
  const start = from >= 0 ? from : Math.max(elements.length + from, 0)
  return elements.slice(start, start + count)
}

function indexOf([array, wanted, from = 0, to]: Value[]): Value {
  if (isNil(array)) return null
  const elements = requireArray('$indexOfArray', array, 40090)
  const end = to === undefined ? elements.length : Math.min(toNumber(to), elements.length)
  for (let at = toNumber(from); at < end; at++) if (equalValues(elements[at], wanted)) return at
  return -1
}

function range([from, to, by = 1]: Value[]): Value {
  const [start, end, step] = [toNumber(from), toNumber(to), toNumber(by)]
  if (!Number.isInteger(start) || !Number.isInteger(end))
    throw new CommandError(34443, '$range requires numeric integer arguments')
  if (step === 0) throw new CommandError(34449, '$range requires a non-zero step value')
  const length = Math.max(Math.ceil((end - start) / step), 0)
  return Array.from({ length }, (_, at) => start + at * step)
}

function contains(array: Value[], value: Value): boolean {
  return array.some((element) => equalValues(element, value))
}

function distinct(array: Value[]): Value[] {
  const sorted = array.toSorted((left, right) => compareValues(left, right))
  return sorted.filter((value, at) => at === 0 || !equalValues(sorted[at - 1], value))
}

function isSubset(left: Value, right: Value): boolean {
  const whole = requireArray('$setIsSubset', right, 17042)
  return requireArray('$setIsSubset', left, 17046).every((value) => contains(whole, value))
}

/** One argument that is an array stands for its elements. */
function spread(values: Value[]): Value[] {
  const [only] = values
  return values.length === 1 && Array.isArray(only) ? only : values
}

function extreme(values: Value[], better: (order: number) => boolean, strings: Compiler['strings']): Value {
  let best: Value = null
  for (const value of values) {
    if (!isNil(value) && (best === null || better(compareValues(value, best, strings)))) best = value
  }
  return best
}

function sorting(operand: Value, { compile, strings }: Compiler): Evaluate {
  if (!isFields(operand)) throw new CommandError(2942500, '$sortArray requires an object as an argument')
  const source = compile(operand['input'])
  const by = operand['sortBy']
  return (scope) => {
    const array = source(scope)
    if (isNil(array)) return null
    const elements = requireArray('$sortArray', array, 2942504)
    if (isNumeric(by)) return elements.toSorted((left, right) => toNumber(by) * compareValues(left, right, strings))
    const sort = parseSort(by)
    const compare = compareSortKeys(sort, strings)
    const keyOf = (element: Value): Value[] => sortKey(isFields(element) ? element : {}, sort, strings)
    return elements.toSorted((left, right) => compare(keyOf(left), keyOf(right)))
  }
}

function percentileForm(operand: Value, { compile }: Compiler): Evaluate {
  if (!isFields(operand)) throw new CommandError(7429703, 'specification must be an object')
  const source = compile(operand['input'])
  const wanted = compile(operand['p'])
  return (scope) => {
    const input = source(scope)
    return percentiles(Array.isArray(input) ? input : [input], wanted(scope))
  }
}

/** Builds a document from pairs, for `$arrayToObject`. */
export function fromPairs(pairs: Value[]): Fields {
  const made: Fields = {}
  for (const pair of pairs) {
    const [name, value] = Array.isArray(pair) ? pair : isFields(pair) ? [pair['k'], pair['v']] : []
    if (typeof name !== 'string') throw new CommandError(40395, '$arrayToObject requires an object keys of type string')
    setField(made, name, value)
  }
  return made
}
