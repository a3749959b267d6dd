import { RE2JS } from 're2js'
import { findRequiredTexts } from './required-texts.ts'
import type { TargetText } from './target-text.ts'

/**
 * Regular expressions that users write, in linear time. `re2js` takes some ten microseconds for a kilobyte; so it is only
 * asked where the texts that every match holds are there. The answers are its own.
 */
export interface CompiledPattern {
  /** Instructions: what a character takes at the worst grows with them. */
  readonly size: number
  /** Whether any one of the texts has a match in it. */
  matchesAny(target: TargetText): boolean
  matches(text: string): boolean
}

/** Instructions. Compiling so many takes a few milliseconds. */
const LARGEST_PATTERN = 500
/** Of what is run through an expression; words with bars between them are looked for in all. */
export const MOST_PATTERN_CHARACTERS = 32_768
/**
 * Instructions times characters: of a text less is run through a large expression, because one that is written to do harm
 * takes some 60 nanoseconds for each. Usual ones take ten for a character, however large they are.
 */
const MOST_STEPS = 400_000

/** Why an expression cannot be used, as the end of a sentence. */
export class PatternFault extends Error {}

/** @throws PatternFault */
export function compilePattern(source: string): CompiledPattern {
  const expression = compileSource(source)
  const size = expression.programSize()
  if (size > LARGEST_PATTERN) throw new PatternFault('must be a smaller regular expression, or one that repeats less')
  const room = Math.min(MOST_PATTERN_CHARACTERS, Math.floor(MOST_STEPS / size))
  const required = findRequiredTexts(source)
  return {
    size,
    matches: (text) => expression.test(text.slice(0, room)),
    matchesAny(target) {
      if (required && !(required.ignoresCase && target.foldsOddly)) {
        const areIn = required.areIn(required.ignoresCase ? target.folded : target.joined)
        if (!areIn || required.areAll) return areIn
      }
      return isInAny(target.texts, expression, room)
    },
  }
}

function compileSource(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'it is not understood'
    throw new PatternFault(`must be a regular expression of RE2, without lookaround and backreferences: ${reason}`)
  }
}

/** @param room characters that are read, of all texts together */
function isInAny(texts: readonly string[], expression: RE2JS, room: number): boolean {
  let left = room
  for (const text of texts) {
    if (expression.test(text.length > left ? text.slice(0, left) : text)) return true
    left -= text.length
    if (left <= 0) return false
  }
  return false
}
