import { CommandError } from '../../errors.ts'
import { type Fields, isFields, setField, toNumber, type Value } from '../../values/bson-values.ts'
import { isTruthy } from './truth.ts'
import { type Compiler, type Evaluate, isNil, type Operator, type Scope } from './scope.ts'

/** Operators that compute only the arguments they need, or bind variables for them. */
export const FLOW: Record<string, Operator> = {
  $and: (operand, compiler) => {
    const parts = list(operand, compiler)
    return (scope) => parts.every((part) => isTruthy(part(scope)))
  },
  $or: (operand, compiler) => {
    const parts = list(operand, compiler)
    return (scope) => parts.some((part) => isTruthy(part(scope)))
  },
  $not: (operand, compiler) => {
    const [part] = list(operand, compiler)
    return (scope) => !isTruthy(part?.(scope))
  },
  $cond: conditional,
  $ifNull: (operand, compiler) => {
    const parts = list(operand, compiler)
    if (parts.length < 2) throw new CommandError(1257300, `$ifNull needs at least two arguments, had: ${parts.length}`)
    return (scope) => firstPresent(parts, scope)
  },
  $switch: choice,
  $let: bindings,
  $map: mapping,
  $filter: filtering,
  $reduce: reduction,
  $expr: (operand, { compile }) => compile(operand),
}

function list(operand: Value, { compile }: Compiler): Evaluate[] {
  return (Array.isArray(operand) ? operand : [operand]).map(compile)
}

function firstPresent(parts: Evaluate[], scope: Scope): Value {
  let value: Value
  for (const part of parts) {
    value = part(scope)
    if (!isNil(value)) return value
  }
  return value
}

function conditional(operand: Value, { compile }: Compiler): Evaluate {
  const parts = Array.isArray(operand)
    ? operand
    : isFields(operand)
      ? [operand['if'], operand['then'], operand['else']]
      : []
  if (parts.length !== 3)
    throw new CommandError(16020, `Expression $cond takes exactly 3 arguments. ${parts.length} were passed in.`)
  if (parts.includes(undefined)) throw new CommandError(17080, "Missing 'if', 'then' or 'else' parameter to $cond")
  const [test, whenTrue, whenFalse] = parts.map(compile)
  return (scope) => (isTruthy(test?.(scope)) ? whenTrue?.(scope) : whenFalse?.(scope))
}

function choice(operand: Value, { compile }: Compiler): Evaluate {
  const branches = isFields(operand) ? operand['branches'] : undefined
  if (!Array.isArray(branches) || branches.length === 0)
    throw new CommandError(40068, '$switch requires at least one branch.')
  const compiled = branches.map((branch: Fields) => ({
    test: compile(branch['case']),
    result: compile(branch['then']),
  }))
  const fallback = (operand as Fields)['default']
  const otherwise = fallback === undefined ? undefined : compile(fallback)
  return (scope) => {
    for (const { test, result } of compiled) if (isTruthy(test(scope))) return result(scope)
    if (otherwise) return otherwise(scope)
    throw new CommandError(
      40066,
      '$switch could not find a matching branch for an input, and no default was specified.',
    )
  }
}

function withVariables(scope: Scope, names: Fields): Scope {
  return { ...scope, variables: { ...scope.variables, ...names } }
}

function bindings(operand: Value, { compile }: Compiler): Evaluate {
  const { vars, in: body } = named('$let', operand)
  const bound = Object.entries((vars ?? {}) as Fields).map(([name, value]) => ({ name, evaluate: compile(value) }))
  const result = compile(body)
  return (scope) => {
    const values: Fields = {}
    for (const { name, evaluate } of bound) setField(values, name, evaluate(scope))
    return result(withVariables(scope, values))
  }
}

function mapping(operand: Value, { compile }: Compiler): Evaluate {
  const { input, as = 'this', in: body } = named('$map', operand)
  const source = compile(input)
  const each = compile(body)
  return (scope) => {
    const array = arrayOrNull('$map', source(scope), 16883)
    return array && array.map((element) => each(withVariables(scope, { [String(as)]: element })) ?? null)
  }
}

function filtering(operand: Value, { compile }: Compiler): Evaluate {
  const { input, as = 'this', cond, limit } = named('$filter', operand)
  const source = compile(input)
  const accepts = compile(cond)
  const most = limit === undefined ? undefined : compile(limit)
  return (scope) => {
    const array = arrayOrNull('$filter', source(scope), 28651)
    if (!array) return null
    const found = array.filter((element) => isTruthy(accepts(withVariables(scope, { [String(as)]: element }))))
    const count = most?.(scope)
    return isNil(count) ? found : found.slice(0, toNumber(count))
  }
}

function reduction(operand: Value, { compile }: Compiler): Evaluate {
  const { input, initialValue, in: body } = named('$reduce', operand)
  const [source, initial, combine] = [compile(input), compile(initialValue), compile(body)]
  return (scope) => {
    const array = arrayOrNull('$reduce', source(scope), 40080)
    if (!array) return null
    return array.reduce((value, element) => combine(withVariables(scope, { value, this: element })), initial(scope))
  }
}

function named(name: string, operand: Value): Fields {
  if (!isFields(operand)) throw new CommandError(16878, `${name} only supports an object as its argument`)
  return operand
}

function arrayOrNull(name: string, value: Value, code: number): Value[] | null {
  if (isNil(value)) return null
  if (!Array.isArray(value)) throw new CommandError(code, `input to ${name} must be an array`)
  return value
}
