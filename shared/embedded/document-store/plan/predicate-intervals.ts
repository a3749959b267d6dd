import type { BSONRegExp } from 'bson'
import type { FieldPredicate } from '../query/filter-types.ts'
import { isRegex } from '../query/regex.ts'
import { type BsonType, bsonType, toNumber, type Value } from '../values/bson-values.ts'
import { type Collation, sameCollation } from '../values/collation.ts'
import { encodeKey, TYPE_RANK } from '../values/key-encoding.ts'
import { EVERYTHING, type Interval, pointAt } from './intervals.ts'

/** Where in an index the matches of a predicate lie; `exact` when everything there is a match. */
export interface PredicateIntervals {
  intervals: Interval[]
  exact: boolean
}

interface Collations {
  index: Collation | undefined
  query: Collation | undefined
}

/** Types whose index entry says all that an equality or a range asks. */
const EXACT_TYPES = new Set<BsonType>(['int', 'double', 'long', 'decimal', 'string', 'objectId', 'bool', 'date'])
const NESTED_TYPES = new Set<BsonType>(['object', 'array', 'string', 'symbol', 'javascriptWithScope'])
const EMPTY_ARRAY_KEY = Buffer.of(TYPE_RANK.undefined)

/** The intervals a predicate confines its field to, or undefined when an index cannot help. */
export function predicateIntervals(predicate: FieldPredicate, collations: Collations): PredicateIntervals | undefined {
  if (predicate.negated) return undefined
  const { operator, operand } = predicate
  switch (operator) {
    case '$eq':
      return equality(operand, collations)
    case '$in':
      return union(operand as Value[], collations)
    case '$all':
      return Array.isArray(operand) && operand.length > 0 ? equality(operand[0], collations) : undefined
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return range(operator, operand, collations)
    case '$regex':
      return collations.index ? undefined : pattern(operand)
    case '$exists':
      return { intervals: [EVERYTHING], exact: false }
    default:
      return undefined
  }
}

function equality(operand: Value, collations: Collations): PredicateIntervals | undefined {
  const type = bsonType(operand)
  if (isRegex(operand) || (type === 'object' && Object.keys(operand as object).some((key) => key.startsWith('$'))))
    return undefined
  if (!usable(type, collations, true)) return undefined
  const fold = collations.index?.fold
  const intervals = [pointAt(encodeKey(operand ?? null, fold))]
  if (Array.isArray(operand)) {
    // An array is indexed by its elements, so a document equal to it is found under its first.
    intervals.push(pointAt(operand.length === 0 ? EMPTY_ARRAY_KEY : encodeKey(operand[0], fold)))
  }
  return { intervals, exact: EXACT_TYPES.has(type) && !collations.index }
}

function union(operands: Value[], collations: Collations): PredicateIntervals | undefined {
  const intervals: Interval[] = []
  let exact = true
  for (const operand of operands) {
    const one = isRegex(operand) ? pattern(operand) : equality(operand, collations)
    if (!one || (isRegex(operand) && collations.index)) return undefined
    intervals.push(...one.intervals)
    exact &&= one.exact
  }
  return { intervals, exact }
}

function range(operator: string, operand: Value, collations: Collations): PredicateIntervals | undefined {
  const type = bsonType(operand)
  if (type === 'null' || type === 'undefined') return operator.endsWith('e') ? equality(null, collations) : undefined
  if (type === 'minKey' || type === 'maxKey' || type === 'array' || type === 'regex') return undefined
  if (!usable(type, collations, false)) return undefined
  const key = encodeKey(operand)
  const numeric = TYPE_RANK[type] === TYPE_RANK.int
  if (numeric && Number.isNaN(toNumber(operand)))
    return { intervals: operator.endsWith('e') ? [pointAt(key)] : [], exact: true }
  const bracket = TYPE_RANK[type]
  // NaN is the lowest number and in no range.
  const lowest = numeric ? { key: encodeKey(Number.NaN), after: true } : { key: Buffer.of(bracket), after: false }
  const highest = { key: Buffer.of(bracket + 1), after: false }
  const exact = EXACT_TYPES.has(type)
  switch (operator) {
    case '$gt':
      return { intervals: [{ from: { key, after: true }, to: highest, point: false }], exact }
    case '$gte':
      return { intervals: [{ from: { key, after: false }, to: highest, point: false }], exact }
    case '$lt':
      return { intervals: [{ from: lowest, to: { key, after: false }, point: false }], exact }
    default:
      return { intervals: [{ from: lowest, to: { key, after: true }, point: false }], exact }
  }
}

/** Strings under a collation are indexed by their folded form, which has the right equality but not the right order. */
function usable(type: BsonType, { index, query }: Collations, isEquality: boolean): boolean {
  if (!NESTED_TYPES.has(type)) return true
  if (!sameCollation(index, query)) return false
  return !index || (isEquality && index.fold !== undefined)
}

function pattern(operand: Value): PredicateIntervals {
  const prefix = literalPrefix(operand)
  const strings: Interval = {
    from: { key: stringStart(prefix), after: false },
    to:
      prefix === ''
        ? { key: Buffer.of(TYPE_RANK.string + 1), after: false }
        : { key: stringStart(prefix), after: true },
    point: false,
  }
  const regexes: Interval = {
    from: { key: Buffer.of(TYPE_RANK.regex), after: false },
    to: { key: Buffer.of(TYPE_RANK.regex + 1), after: false },
    point: false,
  }
  return { intervals: [strings, regexes], exact: false }
}

/** The key every string with the prefix starts with: the encoding without its two terminating zeros. */
function stringStart(prefix: string): Buffer {
  return encodeKey(prefix).subarray(0, -2)
}

function literalPrefix(operand: Value): string {
  const { pattern: source = '', options = '' } =
    operand instanceof RegExp
      ? { pattern: operand.source, options: operand.flags }
      : typeof operand === 'string'
        ? { pattern: operand }
        : (operand as BSONRegExp)
  if (options !== '' || !source.startsWith('^') || source.includes('|')) return ''
  const literal = /^\^((?:[A-Za-z0-9 _@:,\-/]|\\[.\-/])*)/.exec(source)?.[1] ?? ''
  const next = source[1 + literal.length] ?? ''
  // A quantifier makes the character before it optional.
  const certain = '*?{'.includes(next) && next !== '' ? literal.replace(/(?:\\?.)$/, '') : literal
  return certain.replaceAll('\\', '')
}
