import type { Answer } from './answer.ts'
import { levenshteinSimilarity } from './levenshtein.ts'
import { numericSimilarity } from './numeric.ts'
import { canonicalText, readAnswerJson, readJson } from './read-json.ts'
import { LONGEST_ALIGNED_TEXT, type Score, scored, unscored } from './score.ts'

/**
 * How much of the expected JSON value the answer has, from 0 to 1, as autoevals' JSONDiff counts it. Objects: the mean
 * over the names of either; arrays: by index, over the length of the longer one; texts: Levenshtein; numbers: NumericDiff; a
 * missing value equals null, and beside anything else is 0; what is left (values of two kinds) by Levenshtein of their
 * canonical JSON. Unlike there, true beside false is 0 and not a fifth.
 * https://github.com/braintrustdata/autoevals/blob/main/js/json.ts
 *
 * An answer that is no JSON has 0. Not judged are values nested more than 200 levels deep, and texts whose comparison
 * takes more than two of 20,000 characters do.
 */
export function jsonValues(answer: Answer, expected: string, allowFence: boolean): Score {
  const wanted = readJson(expected)
  if (wanted === null) return unscored('The expected output is not JSON.')
  const given = readAnswerJson(answer, allowFence)
  if (given === null) return scored(0)
  try {
    return scored(new ValueComparison().compare(given.value, wanted.value, 0))
  } catch (error) {
    if (error instanceof TooMuchWork) return unscored('The JSON is too large, or nested too deeply, to be compared.')
    throw error
  }
}

class TooMuchWork extends Error {}

const DEEPEST = 200

class ValueComparison {
  /** Pairs of characters. */
  #pairsLeft = LONGEST_ALIGNED_TEXT ** 2

  /** @throws TooMuchWork */
  compare(given: unknown, wanted: unknown, depth: number): number {
    if (depth > DEEPEST) throw new TooMuchWork()
    if (isNothing(given) || isNothing(wanted)) return isNothing(given) && isNothing(wanted) ? 1 : 0
    if (Array.isArray(given) && Array.isArray(wanted)) {
      return this.#compareItems(given, wanted, depth)
    }
    if (isFields(given) && isFields(wanted)) return this.#compareFields(given, wanted, depth)
    if (typeof given === 'string' && typeof wanted === 'string') return this.#compareTexts(given, wanted)
    if (typeof given === 'number' && typeof wanted === 'number') return numericSimilarity(given, wanted)
    if (typeof given === 'boolean' && typeof wanted === 'boolean') return given === wanted ? 1 : 0
    return this.#compareTexts(writtenOut(given), writtenOut(wanted))
  }

  #compareItems(given: readonly unknown[], wanted: readonly unknown[], depth: number): number {
    const longest = Math.max(given.length, wanted.length)
    const shared = Array.from({ length: Math.min(given.length, wanted.length) }, (_, index) =>
      this.compare(given[index], wanted[index], depth + 1),
    )
    return mean([...shared, ...Array.from({ length: longest - shared.length }, () => 0)])
  }

  #compareFields(given: Fields, wanted: Fields, depth: number): number {
    const names = new Set([...Object.keys(given), ...Object.keys(wanted)])
    return mean(Array.from(names, (name) => this.compare(ownValue(given, name), ownValue(wanted, name), depth + 1)))
  }

  #compareTexts(given: string, wanted: string): number {
    if (given === wanted) return 1
    this.#pairsLeft -= given.length * wanted.length
    if (this.#pairsLeft < 0) throw new TooMuchWork()
    return levenshteinSimilarity(given, wanted)
  }
}

type Fields = Readonly<Record<string, unknown>>

function isNothing(value: unknown): boolean {
  return value === null || value === undefined
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a name means to every object (`constructor`) is no value of this one. */
function ownValue(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

/** Two empty objects or arrays are equal. */
function mean(scores: readonly number[]): number {
  return scores.length === 0 ? 1 : scores.reduce((sum, score) => sum + score, 0) / scores.length
}

function writtenOut(value: unknown): string {
  const text = canonicalText(value)
  if (text === null) throw new TooMuchWork()
  return text
}
