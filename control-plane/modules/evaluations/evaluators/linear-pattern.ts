import { RE2JS } from 're2js'

/** A regular expression of a stranger, compiled; it runs in time linear in the text. */
export interface LinearPattern {
  /** @param isWhole whether all of the text has to match, or any part of it */
  test(text: string, isWhole: boolean): boolean
  /** Instructions: a character takes at most as many steps. */
  readonly size: number
}

export type CompiledPattern =
  | { readonly type: 'compiled'; readonly pattern: LinearPattern }
  | { readonly type: 'refused'; readonly message: string }

/** In UTF-16 code units. */
export const LONGEST_PATTERN = 512
/** Instructions. `x{500}` has 500. */
export const LARGEST_PATTERN = 1_000

/**
 * @param source as JavaScript writes it, without slashes, and without lookaround and backreferences: RE2 has none
 */
export function compileLinearPattern(source: string, isCaseSensitive: boolean): CompiledPattern {
  if (source.length > LONGEST_PATTERN) return refused(`must have at most ${LONGEST_PATTERN} characters`)
  const expression = compile(source, isCaseSensitive ? 0 : RE2JS.CASE_INSENSITIVE)
  if (expression === null) return refused('must be a regular expression without lookaround and backreferences')
  const size = expression.programSize()
  if (size > LARGEST_PATTERN) return refused('repeats too much')
  const test = (text: string, isWhole: boolean): boolean =>
    isWhole ? expression.testExact(text) : expression.test(text)
  return { type: 'compiled', pattern: { test, size } }
}

function refused(message: string): CompiledPattern {
  return { type: 'refused', message }
}

function compile(source: string, flags: number): RE2JS | null {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source), flags)
  } catch {
    return null
  }
}
