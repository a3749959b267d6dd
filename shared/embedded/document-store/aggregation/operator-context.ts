import { Context } from 'mingo/core'
import * as accumulators from 'mingo/operators/accumulator'
import * as expressions from 'mingo/operators/expression'
import * as pipeline from 'mingo/operators/pipeline'
import * as projections from 'mingo/operators/projection'
import * as queries from 'mingo/operators/query'
import * as windows from 'mingo/operators/window'

const CONTEXT = Context.init({
  accumulator: accumulators,
  expression: expressions,
  pipeline,
  projection: projections,
  query: queries,
  window: windows,
})

/** The operators expressions are computed with. */
export function operatorContext(): Context {
  return CONTEXT
}
