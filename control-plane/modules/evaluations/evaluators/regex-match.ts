import type { LinearPattern } from './linear-pattern.ts'
import { passed, type Score, unscored } from './score.ts'

export interface RegexOptions {
  /** Whether all of the answer has to match, or any part of it. */
  readonly whole: boolean
  /** Whether matching is what the answer must not do. */
  readonly negate: boolean
}

/**
 * Instructions times characters. An expression that is written to do harm takes some 60 nanoseconds for each, so this is
 * a third of a second; usual ones take some ten for a character. The largest expression reads 5,000 characters.
 */
const MOST_STEPS = 5_000_000

/** 1 when the answer matches, or with `negate` does not; else 0. Not judged where it would take too many steps. */
export function regexMatch(answer: string, pattern: LinearPattern, { whole, negate }: RegexOptions): Score {
  if (answer.length * pattern.size > MOST_STEPS) {
    return unscored('The answer is too long for a regular expression of this size.')
  }
  return passed(pattern.test(answer, whole) !== negate)
}
