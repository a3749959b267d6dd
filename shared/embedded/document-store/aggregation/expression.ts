import { evalExpr } from 'mingo/core'
import { MingoError } from 'mingo/util'
import { CommandError } from '../errors.ts'
import { type Fields, toPlain, type Value } from '../values/bson-values.ts'
import { operatorContext } from './operator-context.ts'

/** What expressions can refer to beside the document: the command's `let`, as `$$name`. */
export interface ExpressionContext {
  variables?: Fields | undefined
}

export type Expression = (document: Fields) => Value

/** Makes an aggregation expression ready to be computed over stored documents. */
export function compileExpression(expression: Value, context: ExpressionContext): Expression {
  const plain = toPlain(expression)
  return (document) => evaluate(toPlain(document) as Fields, plain, context)
}

/** Computes an expression over a document in promoted form. */
export function evaluate(document: Fields, expression: Value, context: ExpressionContext): Value {
  const options = { context: operatorContext(), variables: context.variables ?? {} }
  return translating(() => evalExpr(document, expression as never, options as never) as Value)
}

/** Runs something of mingo's, turning its errors into the server's. */
export function translating<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof MingoError || error instanceof TypeError ? translate(error) : error
  }
}

function translate(error: Error): CommandError {
  const unknown = /(?:accumulator|operator) '?(\$\w+)'? is not registered/.exec(error.message)
  if (unknown) return new CommandError(168, `Unrecognized expression '${unknown[1]}'`)
  const variable = /Use of undefined variable: (\w+)/.exec(error.message)
  if (variable) return new CommandError(17276, `Use of undefined variable: ${variable[1]}`)
  return new CommandError(2, error.message)
}
