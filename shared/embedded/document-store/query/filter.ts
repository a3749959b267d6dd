/*
 * Compiles a query into predicates that can be tested against a document and read by the planner. Written here rather than
 * left to mingo because MongoDB's type order, its rules for null, arrays and positions, and its errors are part of the contract.
 */
import { CommandError } from '../errors.ts'
import { isFields, type Value } from '../values/bson-values.ts'
import { isTruthy } from '../aggregation/expressions/truth.ts'
import { compileExpression } from '../aggregation/expression.ts'
import { compileSchema } from './json-schema.ts'
import { fieldPredicates, isOperatorObject } from './field-predicates.ts'
import type { FieldPredicate, Filter, QueryContext } from './filter-types.ts'

/** Compiles a query document. Throws the server's error for what it cannot mean. */
export function compileFilter(query: Value, context: QueryContext = {}): Filter {
  if (!isFields(query)) throw new CommandError(14, 'the match filter must be an expression in an object')
  const filters = Object.entries(query).flatMap(([key, operand]) => compileEntry(key, operand, context))
  return filters.length === 1 && filters[0] ? filters[0] : allOf(filters)
}

function compileEntry(key: string, operand: Value, context: QueryContext): Filter[] {
  if (!key.startsWith('$')) {
    return fieldPredicates(key, operand, { context, compile: compileFilter }).map(fieldFilter)
  }
  switch (key) {
    case '$and':
      return [allOf(compileList(key, operand, context))]
    case '$or':
      return [anyOf(compileList(key, operand, context))]
    case '$nor':
      return [noneOf(compileList(key, operand, context))]
    case '$expr':
      return [expressionFilter(operand, context)]
    case '$jsonSchema':
      return [{ type: 'expression', test: compileSchema(operand) }]
    case '$comment':
      return []
    case '$alwaysTrue':
      return [allOf([])]
    case '$alwaysFalse':
      return [anyOf([])]
    case '$where':
      throw new CommandError(2, '$where is not supported: this server runs no scripts')
    case '$text':
      throw new CommandError(27, 'text index required for $text query')
    default:
      throw new CommandError(
        2,
        `unknown top level operator: ${key}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      )
  }
}

function compileList(key: string, operand: Value, context: QueryContext): Filter[] {
  if (!Array.isArray(operand)) throw new CommandError(2, `${key} must be an array`)
  if (operand.length === 0) throw new CommandError(2, '$and/$or/$nor must be a nonempty array')
  return operand.map((entry) => {
    if (!isFields(entry)) throw new CommandError(2, '$or/$and/$nor entries need to be full objects')
    return compileFilter(entry, context)
  })
}

function fieldFilter(predicate: FieldPredicate): Filter {
  return { type: 'field', predicate, test: predicate.test }
}

function allOf(filters: Filter[]): Filter {
  return {
    type: 'all',
    filters,
    test: (document, details) => filters.every((filter) => filter.test(document, details)),
  }
}

function anyOf(filters: Filter[]): Filter {
  return { type: 'any', filters, test: (document, details) => filters.some((filter) => filter.test(document, details)) }
}

function noneOf(filters: Filter[]): Filter {
  return { type: 'none', filters, test: (document) => !filters.some((filter) => filter.test(document)) }
}

function expressionFilter(operand: Value, context: QueryContext): Filter {
  const evaluate = compileExpression(operand, context)
  return { type: 'expression', test: (document) => isTruthy(evaluate(document)) }
}

/** The equalities a filter asserts of every match, by path: what an upsert starts its new document from. */
export function equalitiesOf(filter: Filter): Map<string, Value> {
  const equalities = new Map<string, Value>()
  collectEqualities(filter, equalities)
  return equalities
}

function collectEqualities(filter: Filter, into: Map<string, Value>): void {
  if (filter.type === 'all') {
    for (const inner of filter.filters) collectEqualities(inner, into)
    return
  }
  if (filter.type === 'any' && filter.filters.length === 1 && filter.filters[0]) {
    collectEqualities(filter.filters[0], into)
    return
  }
  if (filter.type !== 'field') return
  const { operator, path, operand } = filter.predicate
  const value = equalityOperand(operator, operand)
  if (value === undefined) return
  if (into.has(path)) throw new CommandError(54, `cannot infer query fields to set, path '${path}' is matched twice`)
  into.set(path, value.only)
}

function equalityOperand(operator: string, operand: Value): { only: Value } | undefined {
  if (operator === '$eq') return { only: operand }
  const single = (operator === '$all' || operator === '$in') && Array.isArray(operand) && operand.length === 1
  if (!single || isOperatorObject((operand as Value[])[0])) return undefined
  return { only: (operand as Value[])[0] }
}
