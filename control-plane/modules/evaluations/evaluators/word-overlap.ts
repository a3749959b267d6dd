import { fuzzyWords, normalizeSquad } from './normalize-text.ts'
import { passed, type Score, scored, unscored } from './score.ts'

export interface SquadOptions {
  /** Drops typographic quotes as SQuAD drops straight ones. */
  readonly foldQuotes: boolean
}

/** SQuAD's exact match: 1 when both texts are equal after SQuAD's normalisation, else 0. */
export function normalizedMatch(answer: string, expected: string, options: SquadOptions): number {
  return normalizeSquad(answer, options) === normalizeSquad(expected, options) ? 1 : 0
}

/**
 * SQuAD's F1 of the two bags of normalised words: 2PR / (P + R). Both empty is 1, one empty is 0.
 * Rajpurkar et al. 2016, https://aclanthology.org/D16-1264
 */
export function tokenF1(answer: string, expected: string, options: SquadOptions): number {
  const given = wordsOf(normalizeSquad(answer, options))
  const wanted = wordsOf(normalizeSquad(expected, options))
  if (given.length === 0 || wanted.length === 0) return given.length === wanted.length ? 1 : 0
  return (2 * sharedCount(given, wanted)) / (given.length + wanted.length)
}

export type FuzzyMode = 'contains' | 'keywords' | 'either'

/**
 * `contains`: 1 when the expected words stand in the answer, one after the other, else 0. `keywords`: the share of the
 * expected keywords (its distinct words without English stop words) that the answer has. `either`: 1 when it contains
 * them, else the share. Compared are whole words, without case and punctuation: `5` does not stand in `15`.
 */
export function fuzzyMatch(answer: string, expected: string, mode: FuzzyMode): Score {
  const given = fuzzyWords(answer)
  const wanted = fuzzyWords(expected)
  if (wanted.length === 0) {
    return expected.trim() === '' ? passed(answer.trim() === '') : unscored('The expected output holds no words.')
  }
  const isContained = mode !== 'keywords' && ` ${given.join(' ')} `.includes(` ${wanted.join(' ')} `)
  return mode === 'contains' || isContained ? passed(isContained) : scored(keywordShare(given, wanted))
}

function wordsOf(normalized: string): string[] {
  return normalized === '' ? [] : normalized.split(' ')
}

/** How many words both bags share, each as often as in the bag that has fewer of it. */
function sharedCount(left: readonly string[], right: readonly string[]): number {
  const open = new Map<string, number>()
  for (const word of right) open.set(word, (open.get(word) ?? 0) + 1)
  let shared = 0
  for (const word of left) {
    const count = open.get(word) ?? 0
    if (count === 0) continue
    open.set(word, count - 1)
    shared += 1
  }
  return shared
}

function keywordShare(given: readonly string[], wanted: readonly string[]): number {
  const words = [...new Set(wanted)]
  const telling = words.filter((word) => !STOP_WORDS.has(word))
  const keywords = telling.length > 0 ? telling : words
  const present = new Set(given)
  return keywords.filter((word) => present.has(word)).length / keywords.length
}

const STOP_WORDS: ReadonlySet<string> = new Set(
  `a an the and or but if of at by for with about to from in on as is are was were be been being it its this that these
  those i you he she we they them his her their our your my me us do does did has have had will would can could should
  so than then there here not no`.split(/\s+/),
)
