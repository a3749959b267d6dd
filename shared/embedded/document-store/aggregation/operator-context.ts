import { Context, evalExpr } from 'mingo/core'
import * as accumulators from 'mingo/operators/accumulator'
import * as expressions from 'mingo/operators/expression'
import * as pipeline from 'mingo/operators/pipeline'
import * as queries from 'mingo/operators/query'
import * as windows from 'mingo/operators/window'
import { CommandError } from '../errors.ts'
import type { Fields, Value } from '../values/bson-values.ts'
import { bridgedOperators } from './bridged-operators.ts'
import { percentiles } from './expressions/statistics.ts'

/** The operators mingo's own stages compute with: where this store has its own, those. */
const CONTEXT = Context.init({
  accumulator: {
    ...accumulators,
    $accumulator: undefined,
    $percentile: accumulatePercentile,
    $median: accumulateMedian,
  },
  expression: { ...expressions, ...bridgedOperators(accumulators), $function: ownFunction },
  pipeline,
  query: queries,
  window: windows,
} as never)

/** The operator set for mingo's stages. */
export function operatorContext(): Context {
  return CONTEXT
}

/** mingo's stages call functions of their own this way; nothing from a client is ever one. */
function ownFunction(document: Value, operand: Fields, options: unknown): Value {
  if (typeof operand['body'] !== 'function') throw new CommandError(168, "Unrecognized expression '$function'")
  return (expressions.$function as (...given: unknown[]) => Value)(document, operand, options)
}

/** mingo sorts numbers as text here. */
function accumulatePercentile(documents: Value[], operand: Fields, options: unknown): Value[] {
  const values = documents.map((document) => evalExpr(document, operand['input'] as never, options as never) as Value)
  return percentiles(values, operand['p'])
}

function accumulateMedian(documents: Value[], operand: Fields, options: unknown): Value {
  return accumulatePercentile(documents, { ...operand, p: [0.5] }, options)[0]
}
