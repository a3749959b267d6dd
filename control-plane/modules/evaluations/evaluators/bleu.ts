import { matchedNgrams, ngramCount } from './matched-ngrams.ts'
import { tokenize13a } from './tokenize-13a.ts'

export interface Segment {
  readonly candidate: string
  /** At least one. */
  readonly references: readonly string[]
}

/** What an n-gram order without a match counts: half of what the one before such an order did, or nothing. */
export type BleuSmoothing = 'exponential' | 'none'

export interface Bleu {
  /** 0 to 100. */
  readonly score: number
  /** Of orders 1 to 4, 0 to 100. */
  readonly precisions: readonly number[]
  readonly brevityPenalty: number
  readonly candidateLength: number
  readonly referenceLength: number
}

/**
 * BLEU of one text, as sacreBLEU's sentence_bleu has it: 13a tokens, and no order that is longer than the text.
 *
 * @returns 0 to 100
 */
export function sentenceBleu(answer: string, expected: string, smoothing: BleuSmoothing = 'exponential'): number {
  return bleu([{ candidate: answer, references: [expected] }], { smoothing, useEffectiveOrder: true }).score
}

/** BLEU over many texts: counts are summed before they are divided. */
export function corpusBleu(segments: readonly Segment[], smoothing: BleuSmoothing = 'exponential'): Bleu {
  return bleu(segments, { smoothing, useEffectiveOrder: false })
}

const HIGHEST_ORDER = 4
const ORDERS = [1, 2, 3, 4] as const

interface Options {
  readonly smoothing: BleuSmoothing
  readonly useEffectiveOrder: boolean
}

interface Counts {
  /** Of orders 1 to 4. */
  readonly matched: readonly number[]
  readonly total: readonly number[]
  readonly candidateLength: number
  readonly referenceLength: number
}

/** Papineni et al. 2002, https://aclanthology.org/P02-1040; Post 2018, https://github.com/mjpost/sacrebleu */
function bleu(segments: readonly Segment[], options: Options): Bleu {
  const counts = segments.map(countSegment).reduce(addCounts, NO_COUNTS)
  const { candidateLength, referenceLength, matched } = counts
  const precisions = precisionsOf(counts, options.smoothing)
  const brevityPenalty = brevityPenaltyOf(candidateLength, referenceLength)
  const reached = ORDERS.filter((order) => (counts.total[order - 1] ?? 0) > 0).length
  const used = options.useEffectiveOrder ? precisions.slice(0, reached) : precisions
  const isNothing = matched.every((count) => count === 0) || used.includes(0)
  const meanLog = used.reduce((sum, precision) => sum + Math.log(precision), 0) / used.length
  const score = isNothing ? 0 : Math.min(100, brevityPenalty * Math.exp(meanLog))
  return { score, precisions, brevityPenalty, candidateLength, referenceLength }
}

function countSegment({ candidate, references }: Segment): Counts {
  const words = tokenize13a(candidate)
  const referenceWords = references.map(tokenize13a)
  return {
    matched: matchedNgrams(words, referenceWords, HIGHEST_ORDER),
    total: ORDERS.map((order) => ngramCount(words.length, order)),
    candidateLength: words.length,
    referenceLength: closestLength(
      words.length,
      referenceWords.map(({ length }) => length),
    ),
  }
}

/** Of two that are equally close the shorter one. */
function closestLength(length: number, others: readonly number[]): number {
  const byCloseness = (left: number, right: number): number =>
    Math.abs(left - length) - Math.abs(right - length) || left - right
  return others.toSorted(byCloseness)[0] ?? 0
}

const NO_COUNTS: Counts = { matched: [0, 0, 0, 0], total: [0, 0, 0, 0], candidateLength: 0, referenceLength: 0 }

function addCounts(left: Counts, right: Counts): Counts {
  const add = (values: readonly number[], others: readonly number[]): number[] =>
    values.map((value, index) => value + (others[index] ?? 0))
  return {
    matched: add(left.matched, right.matched),
    total: add(left.total, right.total),
    candidateLength: left.candidateLength + right.candidateLength,
    referenceLength: left.referenceLength + right.referenceLength,
  }
}

/** Method 3 of Chen and Cherry 2014, https://aclanthology.org/W14-3346 */
function precisionsOf({ matched, total }: Counts, smoothing: BleuSmoothing): number[] {
  let smoothed = 1
  return ORDERS.map((order) => {
    const [hits, all] = [matched[order - 1] ?? 0, total[order - 1] ?? 0]
    if (all === 0) return 0
    if (hits > 0) return (100 * hits) / all
    smoothed *= 2
    return smoothing === 'exponential' ? 100 / (smoothed * all) : 0
  })
}

function brevityPenaltyOf(candidateLength: number, referenceLength: number): number {
  if (candidateLength >= referenceLength) return 1
  return candidateLength === 0 ? 0 : Math.exp(1 - referenceLength / candidateLength)
}
