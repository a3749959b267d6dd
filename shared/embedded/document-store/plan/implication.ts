import type { FieldPredicate } from '../query/filter-types.ts'
import type { Filter } from '../query/filter-types.ts'
import type { Fields, Value } from '../values/bson-values.ts'
import { compareValues, equalValues, sameTypeBracket } from '../values/compare.ts'

/** Whether every document that matches the query surely matches the other filter. Errs on the side of no. */
export function implies(query: Filter, other: Filter): boolean {
  switch (other.type) {
    case 'all':
      return other.filters.every((one) => implies(query, one))
    case 'any':
      return other.filters.some((one) => implies(query, one))
    case 'field':
      return impliesPredicate(query, other.predicate)
    default:
      return false
  }
}

/** Whether a predicate holds only where its field is present. */
export function impliesPresence(predicate: FieldPredicate): boolean {
  const { operator, operand, negated } = predicate
  if (negated) return false
  if (operator === '$in') return (operand as Value[]).every((value) => value !== null)
  if (operator === '$type' || operator === '$mod' || operator === '$size') return true
  return operand !== null && operand !== undefined
}

function impliesPredicate(query: Filter, wanted: FieldPredicate): boolean {
  switch (query.type) {
    case 'all':
      return query.filters.some((one) => impliesPredicate(one, wanted))
    case 'any':
      return query.filters.length > 0 && query.filters.every((one) => impliesPredicate(one, wanted))
    case 'field':
      return predicateImplies(query.predicate, wanted)
    default:
      return false
  }
}

function predicateImplies(given: FieldPredicate, wanted: FieldPredicate): boolean {
  if (given.path !== wanted.path) return false
  if (
    given.operator === wanted.operator &&
    given.negated === wanted.negated &&
    equalValues(given.operand, wanted.operand)
  )
    return true
  if (given.negated) return false
  if (wanted.operator === '$exists') return wanted.negated ? false : impliesPresence(given)
  if (wanted.negated) return false
  if (given.operator === '$eq') return holdsFor(wanted, given.operand)
  if (given.operator === '$in') return (given.operand as Value[]).every((value) => holdsFor(wanted, value))
  return rangeImplies(given, wanted)
}

/** A document whose field has the value may hold it in an array, which only matters to predicates on the array itself. */
function holdsFor(wanted: FieldPredicate, value: Value): boolean {
  if (wanted.operator === '$size' || wanted.operator === '$elemMatch') return false
  const path = wanted.path.split('.')
  const document = path.reduceRight<Value>((inner, name) => ({ [name]: inner }), value) as Fields
  return wanted.test(document)
}

function rangeImplies(given: FieldPredicate, wanted: FieldPredicate): boolean {
  const [kind, wantedKind] = [given.operator.slice(0, 3), wanted.operator.slice(0, 3)]
  if (kind !== wantedKind || (kind !== '$gt' && kind !== '$lt')) return false
  if (!sameTypeBracket(given.operand, wanted.operand)) return false
  const order = compareValues(given.operand, wanted.operand)
  if (order === 0) return wanted.operator.endsWith('e') || given.operator === wanted.operator
  return kind === '$gt' ? order > 0 : order < 0
}
