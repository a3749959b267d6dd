import { commonSubsequenceLength } from './common-subsequence.ts'
import { matchedNgrams, ngramCount } from './matched-ngrams.ts'
import { unionHits } from './rouge-union.ts'

/** All three from 0 to 1. */
export interface Overlap {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/**
 * ROUGE as Google's rouge_score computes it, without stemming: words are runs of a to z and 0 to 9 of the lower-cased
 * text, so that other scripts have none.
 * Lin 2004, https://aclanthology.org/W04-1013; https://github.com/google-research/google-research/tree/master/rouge
 */
export function rougeN(answer: string, expected: string, order: number): Overlap {
  const [given, wanted] = [rougeWords(answer), rougeWords(expected)]
  const matched = matchedNgrams(given, [wanted], order)[order - 1] ?? 0
  return overlap(matched, ngramCount(given.length, order), ngramCount(wanted.length, order))
}

/** By the longest common subsequence of words. */
export function rougeL(answer: string, expected: string): Overlap {
  const [given, wanted] = [rougeWords(answer), rougeWords(expected)]
  return overlap(commonSubsequenceLength(given, wanted), given.length, wanted.length)
}

/**
 * ROUGE-L of summaries (rougeLsum): lines are sentences, and each expected one is compared with the union of what it has
 * in common with all given ones.
 *
 * @returns null where comparing all sentences takes more than four million steps (2,000 words by 2,000)
 */
export function rougeLSum(answer: string, expected: string): Overlap | null {
  const given = sentencesOf(answer)
  const wanted = sentencesOf(expected)
  const [givenLength, wantedLength] = [given.flat().length, wanted.flat().length]
  if (givenLength * wantedLength > MOST_STEPS) return null
  return overlap(unionHits(wanted, given), givenLength, wantedLength)
}

const MOST_STEPS = 4_000_000

export function rougeWords(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? []
}

function sentencesOf(text: string): string[][] {
  return text.split('\n').map(rougeWords)
}

function overlap(matched: number, given: number, wanted: number): Overlap {
  const precision = given === 0 ? 0 : matched / given
  const recall = wanted === 0 ? 0 : matched / wanted
  return { precision, recall, f1: matched === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}
