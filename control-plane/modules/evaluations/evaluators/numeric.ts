import { extractNumber } from './extract-number.ts'
import { passed, type Score, scored, unscored } from './score.ts'

export interface Tolerance {
  /** In the numbers' own unit, 0 or more. */
  readonly absolute: number
  /** A share of the expected number's size, 0 or more. */
  readonly relative: number
}

/** 1 when both texts' numbers differ by at most the larger tolerance, else 0; an answer without a number is wrong. */
export function numericTolerance(answer: string, expected: string, tolerance: Tolerance): Score {
  return compareNumbers(answer, expected, (given, wanted) => passed(isWithin(given, wanted, tolerance)))
}

/** {@link numericSimilarity} of both texts' numbers; an answer without a number has 0. */
export function numericDifference(answer: string, expected: string): Score {
  return compareNumbers(answer, expected, (given, wanted) => scored(numericSimilarity(given, wanted)))
}

/**
 * autoevals' NumericDiff, `1 - |e - o| / (|e| + |o|)`, 1 for equal numbers. Of two infinite numbers, or an infinite one
 * and another, there is no such share: 0 unless they are equal. https://github.com/braintrustdata/autoevals
 */
export function numericSimilarity(given: number, wanted: number): number {
  if (given === wanted) return 1
  const largest = Math.max(Math.abs(given), Math.abs(wanted))
  if (!Number.isFinite(largest)) return 0
  // As shares of the larger one: the sum of two large numbers would be infinite.
  const [left, right] = [given / largest, wanted / largest]
  return 1 - Math.abs(left - right) / (Math.abs(left) + Math.abs(right))
}

function compareNumbers(answer: string, expected: string, compare: (given: number, wanted: number) => Score): Score {
  const wanted = extractNumber(expected)
  if (wanted === null) return unscored('The expected output holds no number.')
  const given = extractNumber(answer)
  return given === null ? scored(0) : compare(given, wanted)
}

/** Decimals are rounded to doubles, so that 1.1 and 1 would differ by more than 0.1. */
const ROUNDING = 4 * Number.EPSILON

function isWithin(given: number, wanted: number, { absolute, relative }: Tolerance): boolean {
  const size = Math.abs(wanted)
  const rounding = ROUNDING * Math.max(size, Math.abs(given))
  const difference = Math.abs(given - wanted)
  return given === wanted || difference <= Math.max(absolute, relative * size) + rounding
}
