/*
 * Compiles aggregation expressions into functions. The operators whose results depend on MongoDB's order between values, on
 * null and missing, or on lazy arguments are here; the rest (dates, trigonometry, sets of strings) is mingo's, given arguments
 * that are already computed and marked literal, so that data never reads as an expression.
 */
import { CommandError } from '../../errors.ts'
import { type Fields, isFields, setField, toPlain, type Value } from '../../values/bson-values.ts'
import { mingoOperator } from './mingo-operators.ts'
import { FORMS, SIMPLE } from './operators.ts'
import { type Compiler, type Evaluate, isNil, type Scope } from './scope.ts'

/** Compiles an expression. */
export function compile(expression: Value, strings?: Compiler['strings']): Evaluate {
  const compiler: Compiler = { compile: (inner) => compile(inner, strings), strings }
  if (typeof expression === 'string') return expression.startsWith('$') ? reference(expression) : () => expression
  if (Array.isArray(expression)) {
    const elements = expression.map(compiler.compile)
    return (scope) => elements.map((element) => element(scope) ?? null)
  }
  if (!isFields(expression)) return constant(toPlain(expression))
  const names = Object.keys(expression)
  const [first] = names
  if (first?.startsWith('$')) {
    if (names.length > 1) {
      throw new CommandError(
        15983,
        `an object representing an expression must have exactly one field: ${JSON.stringify(expression)}`,
      )
    }
    return operator(first, expression[first], compiler)
  }
  return object(expression, compiler)
}

function constant(value: Value): Evaluate {
  return () => value
}

function object(expression: Fields, { compile: inner }: Compiler): Evaluate {
  const fields = Object.entries(expression).map(([name, value]) => ({ name, evaluate: inner(value) }))
  return (scope) => {
    const made: Fields = {}
    for (const { name, evaluate } of fields) {
      const value = evaluate(scope)
      if (value !== undefined) setField(made, name, value)
    }
    return made
  }
}

function operator(name: string, operand: Value, compiler: Compiler): Evaluate {
  const form = FORMS[name]
  if (form) return form(operand, compiler, name)
  const simple = SIMPLE[name]
  if (simple) {
    const parts = (Array.isArray(operand) ? operand : [operand]).map(compiler.compile)
    return (scope) =>
      simple(
        parts.map((part) => part(scope)),
        name,
        compiler,
      )
  }
  const apply = mingoOperator(name)
  if (!apply) throw new CommandError(168, `Unrecognized expression '${name}'`)
  // Named arguments stay an object; computed ones are an array or a single value.
  const values = compiler.compile(operand)
  return (scope) => apply(values(scope))
}

function reference(expression: string): Evaluate {
  if (!expression.startsWith('$$')) {
    const path = splitPath(expression.slice(1))
    return ({ root }) => valueAt(root, path, 0)
  }
  const [name = '', ...path] = expression.slice(2).split('.')
  const variable = variableReader(name)
  return path.length === 0 ? variable : (scope) => valueAt(variable(scope), path, 0)
}

function splitPath(path: string): string[] {
  const segments = path.split('.')
  if (path === '') throw new CommandError(16872, "'$' by itself is not a valid FieldPath")
  if (segments.includes('')) throw new CommandError(15998, 'FieldPath field names may not be empty strings.')
  return segments
}

function variableReader(name: string): Evaluate {
  switch (name) {
    case 'ROOT':
      return ({ root }) => root
    case 'CURRENT':
      return ({ current }) => current
    case 'REMOVE':
      return () => undefined
    case 'NOW':
      return ({ variables }) => variables['NOW'] ?? new Date()
    case 'KEEP':
    case 'PRUNE':
    case 'DESCEND':
      return () => `$$${name}`
    default:
      return ({ variables }) => readVariable(variables, name)
  }
}

function readVariable(variables: Fields, name: string): Value {
  if (!Object.hasOwn(variables, name)) throw new CommandError(17276, `Use of undefined variable: ${name}`)
  return variables[name]
}

/** The value at a path, an array on the way standing for its documents; positions are no part of expression paths. */
function valueAt(value: Value, path: readonly string[], depth: number): Value {
  if (depth === path.length) return value
  if (Array.isArray(value)) {
    return value
      .map((element) => (isNil(element) ? undefined : valueAt(element, path, depth)))
      .filter((found) => found !== undefined)
  }
  if (!isFields(value)) return undefined
  const name = path[depth] ?? ''
  return Object.hasOwn(value, name) ? valueAt(value[name], path, depth + 1) : undefined
}

/** Computes an expression with nothing but a document in scope. */
export function scopeOf(document: Value, variables: Fields = {}): Scope {
  return { root: document, current: document, variables }
}
