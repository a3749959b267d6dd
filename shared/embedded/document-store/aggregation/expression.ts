import { type Fields, toPlain, type Value } from '../values/bson-values.ts'
import type { StringOrder } from '../values/compare.ts'
import { compile, scopeOf } from './expressions/compile.ts'

/** What expressions can refer to beside the document: the command's `let`, as `$$name`. */
export interface ExpressionContext {
  variables?: Fields | undefined
  collation?: { compare: StringOrder } | undefined
}

export type Expression = (document: Fields) => Value

/** Makes an aggregation expression ready to be computed over stored documents. */
export function compileExpression(expression: Value, context: ExpressionContext): Expression {
  const evaluate = compilePlain(expression, context)
  return (document) => evaluate(toPlain(document) as Fields)
}

/** Makes an expression ready for documents in promoted form. */
export function compilePlain(expression: Value, { variables, collation }: ExpressionContext): Expression {
  const computed = compile(expression, collation?.compare)
  // One moment for all documents of a command.
  const bound = { NOW: new Date(), ...variables }
  return (document) => computed(scopeOf(document, bound))
}

/** Computes an expression once. */
export function evaluate(document: Fields, expression: Value, context: ExpressionContext): Value {
  return compilePlain(expression, context)(document)
}
