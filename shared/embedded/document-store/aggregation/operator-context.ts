import { Context, evalExpr } from 'mingo/core'
import * as accumulators from 'mingo/operators/accumulator'
import * as expressions from 'mingo/operators/expression'
import * as pipeline from 'mingo/operators/pipeline'
import * as projections from 'mingo/operators/projection'
import * as queries from 'mingo/operators/query'
import * as windows from 'mingo/operators/window'
import type { Fields, Value } from '../values/bson-values.ts'
import { bridgedOperators } from './bridged-operators.ts'
import { percentiles } from './expressions/statistics.ts'

/** The operators mingo's own stages compute with: where this store has its own, those. */
const CONTEXT = Context.init({
  accumulator: { ...accumulators, $percentile: accumulatePercentile, $median: accumulateMedian },
  expression: { ...expressions, ...bridgedOperators(accumulators) },
  pipeline,
  projection: projections,
  query: queries,
  window: windows,
} as never)

/** The operator set for mingo's stages. */
export function operatorContext(): Context {
  return CONTEXT
}

/** mingo sorts numbers as text here. */
function accumulatePercentile(documents: Value[], operand: Fields, options: unknown): Value[] {
  const values = documents.map((document) => evalExpr(document, operand['input'] as never, options as never) as Value)
  return percentiles(values, operand['p'])
}

function accumulateMedian(documents: Value[], operand: Fields, options: unknown): Value {
  return accumulatePercentile(documents, { ...operand, p: [0.5] }, options)[0]
}
