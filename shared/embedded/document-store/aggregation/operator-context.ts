import { Context, evalExpr } from 'mingo/core'
import * as accumulators from 'mingo/operators/accumulator'
import * as expressions from 'mingo/operators/expression'
import * as pipeline from 'mingo/operators/pipeline'
import * as projections from 'mingo/operators/projection'
import * as queries from 'mingo/operators/query'
import * as windows from 'mingo/operators/window'
import type { Fields, Value } from '../values/bson-values.ts'
import { compile, NATIVE_OPERATORS } from './expressions/compile.ts'
import type { Evaluate } from './expressions/scope.ts'
import { percentiles } from './expressions/statistics.ts'

interface MingoOptions {
  local: { root?: unknown; variables?: Fields }
  variables?: Fields
}

const compiled = new WeakMap<object, Evaluate>()

/** The operators mingo's own stages compute with: where this store has its own, those. */
const CONTEXT = Context.init({
  accumulator: { ...accumulators, $percentile: accumulatePercentile, $median: accumulateMedian },
  expression: {
    ...expressions,
    ...Object.fromEntries(NATIVE_OPERATORS.filter((name) => name !== '$literal').map((name) => [name, bridge(name)])),
  },
  pipeline,
  projection: projections,
  query: queries,
  window: windows,
} as never)

/** The operator set for mingo's stages. */
export function operatorContext(): Context {
  return CONTEXT
}

function bridge(name: string): unknown {
  if (name in accumulators) return (expressions as Record<string, unknown>)[name]
  return (document: Value, operand: Value, options: MingoOptions): Value =>
    compiledOnce(
      name,
      operand,
    )({
      root: options.local.root ?? document,
      current: document,
      variables: { ...options.variables, ...options.local.variables },
    })
}

function compiledOnce(name: string, operand: Value): Evaluate {
  if (typeof operand !== 'object' || operand === null) return compile({ [name]: operand })
  const known = compiled.get(operand)
  if (known) return known
  const evaluate = compile({ [name]: operand })
  compiled.set(operand, evaluate)
  return evaluate
}

/** mingo sorts numbers as text here. */
function accumulatePercentile(documents: Value[], operand: Fields, options: unknown): Value[] {
  const values = documents.map((document) => evalExpr(document, operand['input'] as never, options as never) as Value)
  return percentiles(values, operand['p'])
}

function accumulateMedian(documents: Value[], operand: Fields, options: unknown): Value {
  return accumulatePercentile(documents, { ...operand, p: [0.5] }, options)[0]
}
