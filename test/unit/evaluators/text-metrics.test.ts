import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sentenceBleu } from '../../../control-plane/modules/evaluations/evaluators/bleu.ts'
import { sentenceChrf } from '../../../control-plane/modules/evaluations/evaluators/chrf.ts'
import { commonSubsequenceLength } from '../../../control-plane/modules/evaluations/evaluators/common-subsequence.ts'
import { levenshteinSimilarity } from '../../../control-plane/modules/evaluations/evaluators/levenshtein.ts'
import { matchedNgrams } from '../../../control-plane/modules/evaluations/evaluators/matched-ngrams.ts'
import { rougeL, rougeLSum } from '../../../control-plane/modules/evaluations/evaluators/rouge.ts'
import { tokenize13a } from '../../../control-plane/modules/evaluations/evaluators/tokenize-13a.ts'
import {
  fuzzyMatch,
  normalizedMatch,
  tokenF1,
} from '../../../control-plane/modules/evaluations/evaluators/word-overlap.ts'

/** Few letters, so that texts have much in common. */
const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 80 })
const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', 'é', '世', '😀', '🚀'), maxLength: 90 })

describe('what metrics of texts stand on', () => {
  it('the Levenshtein distance is that of the textbook, in code points', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [from, to] = [[...left], [...right]]
        const longest = Math.max(from.length, to.length)
        const plain = longest === 0 ? 1 : 1 - plainDistance(from, to) / longest
        expect(levenshteinSimilarity(left, right)).toBeCloseTo(plain, 12)
      }),
    )
  })

  it('the longest common subsequence is that of the textbook', () => {
    fc.assert(
      fc.property(words, words, (left, right) => {
        expect(commonSubsequenceLength(left, right)).toBe(plainCommonLength(left, right))
      }),
    )
  })

  it('matched n-grams are those that counting them one by one finds, over several references', () => {
    fc.assert(
      fc.property(words, fc.array(words, { minLength: 1, maxLength: 3 }), (candidate, references) => {
        const plain = [1, 2, 3, 4, 5].map((order) => plainMatches(candidate, references, order))
        expect(matchedNgrams(candidate, references, 5)).toEqual(plain)
      }),
    )
  })

  it('every metric stays in its range, and a text beside itself has the best value', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        for (const [metric, best] of METRICS) {
          expect(metric(left, right)).toBeGreaterThanOrEqual(0)
          expect(metric(left, right)).toBeLessThanOrEqual(best)
        }
        expect(levenshteinSimilarity(left, left)).toBe(1)
        expect(tokenF1(left, left, { foldQuotes: true })).toBe(1)
      }),
    )
    for (const [metric, best] of METRICS) expect(metric('a plain text of words', 'a plain text of words')).toBe(best)
  })

  it('Levenshtein and token F1 do not depend on which text is which', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(levenshteinSimilarity(left, right)).toBe(levenshteinSimilarity(right, left))
        expect(tokenF1(left, right, { foldQuotes: false })).toBe(tokenF1(right, left, { foldQuotes: false }))
      }),
    )
  })

  it('ROUGE by sentences of one line each is ROUGE-L', () => {
    fc.assert(
      fc.property(words, words, (left, right) => {
        const [given, wanted] = [left.join(' '), right.join(' ')]
        expect(rougeLSum(given, wanted)?.f1).toBe(rougeL(given, wanted).f1)
      }),
    )
  })
})

describe('words', () => {
  it('13a tokens part punctuation, but not points and commas between digits', () => {
    expect(tokenize13a('He paid $1,234.50, (really) -- 1990-2000 &amp; left.\n')).toEqual(
      'He paid $ 1,234.50 , ( really ) -- 1990 - 2000 & left .'.split(' '),
    )
    expect(tokenize13a(' \n')).toEqual([])
  })

  it('SQuAD folds the typographic apostrophe only when asked to', () => {
    expect(tokenF1("Levi's Stadium", 'Levi’s Stadium', { foldQuotes: false })).toBe(0.5)
    expect(normalizedMatch("Levi's Stadium", '“Levi’s” Stadium', { foldQuotes: true })).toBe(1)
  })

  it('an article is a whole word, in every script', () => {
    expect(normalizedMatch('the naïve a', 'naïve', { foldQuotes: false })).toBe(1)
    expect(normalizedMatch('ça', 'ç', { foldQuotes: false })).toBe(0)
  })
})

describe('fuzzy match', () => {
  it.each([
    ['The capital is Paris.', 'paris', 'contains', 1],
    ['It has 15 parts', '5', 'contains', 0],
    ['It restarted', 'art', 'contains', 0],
    ['答案是北京。', '北京', 'contains', 1],
    ['Pi is about 3.14159', '3.14159', 'contains', 1],
    ['Ｐａｒｉｓ', 'paris', 'contains', 1],
    ['France has Paris as its capital', 'the capital of France is Paris', 'contains', 0],
    ['France has Paris as its capital', 'the capital of France is Paris', 'keywords', 1],
    ['Lyon in France', 'the capital of France is Paris', 'keywords', 1 / 3],
    ['The capital of France is Paris!', 'the capital of France is Paris', 'either', 1],
    ['to be', 'to be or not to be', 'keywords', 0.5],
    ['', '', 'either', 1],
    ['x', '', 'either', 0],
  ] as const)('%s for %s by %s is %d', (answer, expected, mode, score) => {
    expect(fuzzyMatch(answer, expected, mode).score).toBeCloseTo(score, 12)
  })

  it('an expected output without words cannot be judged', () => {
    expect(fuzzyMatch('x', '?!', 'either')).toEqual({ score: null, reason: 'The expected output holds no words.' })
  })
})

const METRICS: readonly (readonly [(left: string, right: string) => number, number])[] = [
  [levenshteinSimilarity, 1],
  [(left, right) => tokenF1(left, right, { foldQuotes: false }), 1],
  [(left, right) => rougeL(left, right).f1, 1],
  [sentenceBleu, 100],
  [sentenceChrf, 100],
  [(left, right) => sentenceChrf(left, right, 2), 100],
]

function plainDistance(from: readonly string[], to: readonly string[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, unit] of from.entries()) {
    const next = [index + 1]
    for (const [column, other] of to.entries()) {
      const replaced = (row[column] ?? 0) + (unit === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

function plainCommonLength(left: readonly string[], right: readonly string[]): number {
  let row = right.map(() => 0)
  for (const word of left) {
    const next: number[] = []
    for (const [column, other] of right.entries()) {
      const kept = Math.max(row[column] ?? 0, next[column - 1] ?? 0)
      next.push(word === other ? (row[column - 1] ?? 0) + 1 : kept)
    }
    row = next
  }
  return row.at(-1) ?? 0
}

function plainMatches(candidate: readonly string[], references: readonly (readonly string[])[], order: number): number {
  const given = plainCounts(candidate, order)
  const wanted = references.map((reference) => plainCounts(reference, order))
  return [...given].reduce((sum, [gram, count]) => {
    const most = Math.max(...wanted.map((counts) => counts.get(gram) ?? 0))
    return sum + Math.min(count, most)
  }, 0)
}

function plainCounts(sequence: readonly string[], order: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (let start = 0; start + order <= sequence.length; start += 1) {
    const gram = sequence.slice(start, start + order).join(' ')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}
