import { Context, evalExpr, OpType } from 'mingo/core'
import * as accumulators from 'mingo/operators/accumulator'
import * as expressions from 'mingo/operators/expression'
import { isFields, type Value } from '../../values/bson-values.ts'
import { translating } from './mingo-errors.ts'

type MingoOperator = (document: unknown, operand: unknown, options: unknown) => unknown

/** Operators that would run a client's script. */
const SCRIPTS = new Set(['$function', '$accumulator', '$where'])

const CONTEXT = Context.init({ accumulator: accumulators, expression: expressions } as never)
const options = captureOptions()

/** One of mingo's operators as a function of values that are computed already. */
export function mingoOperator(name: string): ((operand: Value) => Value) | undefined {
  if (SCRIPTS.has(name)) return undefined
  const expression = CONTEXT.getOperator(OpType.EXPRESSION, name) as MingoOperator | null
  if (expression) return (operand) => translating(() => expression({}, asLiteral(operand), options))
  const accumulator = CONTEXT.getOperator(OpType.ACCUMULATOR, name) as MingoOperator | null
  if (accumulator) return (operand) => translating(() => accumulator(operand, null, options))
  return undefined
}

/** Computed values go in as literals, down to the last one: a string from a document may begin with a dollar. */
function asLiteral(value: Value): Value {
  if (typeof value === 'string') return value.startsWith('$') ? { $literal: value } : value
  if (Array.isArray(value)) return value.map(asLiteral)
  if (!isFields(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, asLiteral(field)]))
}

/** mingo copies every operator into a new set of options for each call that brings none of its own; one set serves all. */
function captureOptions(): unknown {
  let captured: unknown
  const capturing = Context.init({
    expression: {
      ...expressions,
      $capture: (_document: unknown, _operand: unknown, given: unknown) => {
        captured = given
        return null
      },
    },
    accumulator: accumulators,
  } as never)
  evalExpr({}, { $capture: 1 }, { context: capturing } as never)
  return captured
}
