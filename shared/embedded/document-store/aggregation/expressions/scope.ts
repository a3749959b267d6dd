import type { Fields, Value } from '../../values/bson-values.ts'
import type { StringOrder } from '../../values/compare.ts'

/** What an expression is computed in. A missing value is undefined. */
export interface Scope {
  root: Value
  current: Value
  variables: Fields
}

export type Evaluate = (scope: Scope) => Value

/** Compiles an inner expression. */
export interface Compiler {
  compile: (expression: Value) => Evaluate
  strings?: StringOrder | undefined
}

/** Compiles one operator from its operand as written. */
export type Operator = (operand: Value, compiler: Compiler, name: string) => Evaluate

/** An operator that needs no more than the values of its arguments. */
export type Simple = (values: Value[], name: string, compiler: Compiler) => Value

/** Null, or missing: what most operators answer null to. */
export function isNil(value: Value): value is null | undefined {
  return value === null || value === undefined
}
