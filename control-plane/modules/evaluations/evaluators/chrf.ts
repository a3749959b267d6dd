import type { Segment } from './bleu.ts'
import { matchedNgrams, ngramCount } from './matched-ngrams.ts'

/**
 * chrF of one text, as sacreBLEU's sentence_chrf has it: F2 of the mean precision and recall of n-grams of 1 to 6
 * characters, white space left out. With `wordOrder` 2 it is chrF++.
 * Popović 2015, https://aclanthology.org/W15-3049; 2017, https://aclanthology.org/W17-4770
 *
 * @param wordOrder n-grams of words up to this order count as well; 0: none
 * @returns 0 to 100
 */
export function sentenceChrf(answer: string, expected: string, wordOrder = 0): number {
  return corpusChrf([{ candidate: answer, references: [expected] }], wordOrder)
}

/** chrF over many texts: the counts against each text's best reference are summed before they are divided. */
export function corpusChrf(segments: readonly Segment[], wordOrder = 0): number {
  const counts = segments.map((segment) => bestCounts(segment, wordOrder))
  const [first = [], ...others] = counts
  return scoreOf(others.reduce(addCounts, first))
}

const CHARACTER_ORDER = 6
const BETA_SQUARED = 4

/** Of one order of n-grams. */
interface OrderCounts {
  readonly candidate: number
  readonly reference: number
  readonly matched: number
}

function bestCounts({ candidate, references }: Segment, wordOrder: number): OrderCounts[] {
  let best: { counts: OrderCounts[]; score: number } | null = null
  for (const reference of references) {
    const counts = [
      ...countsOf(charactersOf(candidate), charactersOf(reference), CHARACTER_ORDER),
      ...countsOf(wordsOf(candidate), wordsOf(reference), wordOrder),
    ]
    const score = scoreOf(counts)
    if (best === null || score > best.score) best = { counts, score }
  }
  return best?.counts ?? []
}

function countsOf<Unit>(candidate: readonly Unit[], reference: readonly Unit[], highestOrder: number): OrderCounts[] {
  if (highestOrder === 0) return []
  return matchedNgrams(candidate, [reference], highestOrder).map((matched, index) => {
    const wanted = ngramCount(reference.length, index + 1)
    // As in sacreBLEU: an order that the reference is too short for counts on neither side.
    return { candidate: wanted === 0 ? 0 : ngramCount(candidate.length, index + 1), reference: wanted, matched }
  })
}

function charactersOf(text: string): number[] {
  const characters: number[] = []
  for (const character of text.replaceAll(/\s+/g, '')) characters.push(character.codePointAt(0) ?? 0)
  return characters
}

/** Words, one ASCII punctuation mark at the end, else at the beginning, standing alone. */
function wordsOf(text: string): string[] {
  return text.split(/\s+/).flatMap((word) => {
    if (word.length < 2) return word === '' ? [] : [word]
    if (PUNCTUATION.test(word.at(-1) ?? '')) return [word.slice(0, -1), word.slice(-1)]
    return PUNCTUATION.test(word.charAt(0)) ? [word.charAt(0), word.slice(1)] : [word]
  })
}

const PUNCTUATION = /^[!-/:-@[-`{-~]$/

function addCounts(left: OrderCounts[], right: OrderCounts[]): OrderCounts[] {
  return left.map((counts, index) => {
    const { candidate, reference, matched } = right[index] ?? { candidate: 0, reference: 0, matched: 0 }
    return {
      candidate: counts.candidate + candidate,
      reference: counts.reference + reference,
      matched: counts.matched + matched,
    }
  })
}

function scoreOf(counts: readonly OrderCounts[]): number {
  const used = counts.filter(({ candidate, reference }) => candidate > 0 && reference > 0)
  const precision = used.reduce((sum, { matched, candidate }) => sum + matched / candidate, 0) / used.length
  const recall = used.reduce((sum, { matched, reference }) => sum + matched / reference, 0) / used.length
  if (used.length === 0 || precision + recall === 0) return 0
  return (100 * (1 + BETA_SQUARED) * precision * recall) / (BETA_SQUARED * precision + recall)
}
