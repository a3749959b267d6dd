import type { Fields, Value } from '../values/bson-values.ts'
import { compile } from './expressions/compile.ts'
import { NATIVE_OPERATORS } from './expressions/operators.ts'
import type { Evaluate } from './expressions/scope.ts'

interface MingoOptions {
  local: { root?: unknown; variables?: Fields }
  variables?: Fields
}

const compiled = new WeakMap<object, Evaluate>()

/** This store's operators in the shape mingo calls its own, but for those it knows as accumulators. */
export function bridgedOperators(accumulators: object): Record<string, unknown> {
  const names = NATIVE_OPERATORS.filter((name) => name !== '$literal' && !(name in accumulators))
  return Object.fromEntries(names.map((name) => [name, bridge(name)]))
}

function bridge(name: string): unknown {
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
