import type { MatchLogic, ModelInfo } from '@pydantic/genai-prices'
import { RE2JS } from 're2js'
import { invalidPriceFile } from './catalog.errors.ts'

/** The first model of a list that answers to a name, or none. @throws `invalid_price_file`: an expression cannot be used */
export type FindInList = (models: readonly ModelInfo[], name: string) => ModelInfo | null

/** Instructions: a list names models with short ones, and one that is uploaded must not hold up the process. */
const LARGEST_EXPRESSION = 500

/** Looks names up by a list's own rules: letters of either case are the same, but for expressions. */
export function createFindInList(): FindInList {
  const compiled = new Map<string, RE2JS>()

  const compile = (source: string): RE2JS => {
    const known = compiled.get(source)
    if (known) return known
    const expression = compileExpression(source)
    compiled.set(source, expression)
    return expression
  }

  const matches = (match: MatchLogic, name: string): boolean => {
    if ('or' in match) return match.or.some((each) => matches(each, name))
    if ('and' in match) return match.and.every((each) => matches(each, name))
    if ('equals' in match) return name === match.equals.toLowerCase()
    if ('starts_with' in match) return name.startsWith(match.starts_with.toLowerCase())
    if ('ends_with' in match) return name.endsWith(match.ends_with.toLowerCase())
    if ('contains' in match) return name.includes(match.contains.toLowerCase())
    return compile(match.regex).test(name)
  }

  return (models, name) => models.find(({ match }) => matches(match, name.toLowerCase())) ?? null
}

function compileExpression(source: string): RE2JS {
  const entry = `the expression ${source}`
  try {
    const expression = RE2JS.compile(source)
    if (expression.programSize() <= LARGEST_EXPRESSION) return expression
  } catch (cause) {
    throw invalidPriceFile({ entry, fault: 'is none of RE2, which has no lookaround and no backreferences' }, { cause })
  }
  throw invalidPriceFile({ entry, fault: 'is too large' })
}
