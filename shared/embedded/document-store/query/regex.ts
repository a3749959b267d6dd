import { BSONRegExp } from 'bson'
import { CommandError } from '../errors.ts'
import { equalValues } from '../values/compare.ts'
import type { Value } from '../values/bson-values.ts'
import type { ValueTest } from './paths.ts'

/** Whether a value is a regular expression. */
export function isRegex(value: Value): boolean {
  return value instanceof BSONRegExp || value instanceof RegExp
}

/** Tests strings against a pattern; a stored regular expression equal to the pattern also matches. */
export function regexTest(operand: Value): ValueTest {
  const expression = toRegExp(operand)
  const self = isRegex(operand) ? operand : undefined
  return (value) => {
    if (typeof value === 'string') return expression.test(value)
    return self !== undefined && isRegex(value) && equalValues(value, self)
  }
}

/** The JavaScript form of a PCRE pattern: `x` is stripped here, `s` becomes dotAll. */
export function toRegExp(operand: Value): RegExp {
  if (operand instanceof RegExp) return operand
  const { pattern, options } = partsOf(operand)
  const bad = [...options].find((flag) => !'imsxu'.includes(flag))
  if (bad) throw new CommandError(51108, `invalid flag in regex options: ${bad}`)
  const inline = /^\(\?([imsx]+)\)/.exec(pattern)
  const flags = new Set([...options, ...(inline?.[1] ?? '')])
  const body = inline ? pattern.slice(inline[0].length) : pattern
  const source = flags.has('x') ? body.replace(/(?<!\\)#.*$/gm, '').replace(/(?<!\\)\s+/g, '') : body
  return build(source, ['i', 'm', 's'].filter((flag) => flags.has(flag)).join(''))
}

function partsOf(operand: Value): { pattern: string; options: string } {
  if (operand instanceof BSONRegExp) return { pattern: operand.pattern, options: operand.options }
  if (typeof operand === 'string') return { pattern: operand, options: '' }
  throw new CommandError(2, '$regex has to be a string')
}

function build(source: string, flags: string): RegExp {
  try {
    // Unicode mode makes a dot one character, as in PCRE; patterns it is too strict for run without it.
    return new RegExp(source, `${flags}u`)
  } catch {
    return buildLoose(source, flags)
  }
}

function buildLoose(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    throw new CommandError(51091, `Regular expression is invalid: ${error instanceof Error ? error.message : source}`)
  }
}
