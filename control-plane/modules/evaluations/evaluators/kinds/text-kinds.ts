import { z } from 'zod'
import { sentenceBleu } from '../bleu.ts'
import { sentenceChrf } from '../chrf.ts'
import { exactMatch } from '../exact-match.ts'
import { levenshteinSimilarity } from '../levenshtein.ts'
import { numericDifference, numericTolerance } from '../numeric.ts'
import { type Overlap, rougeL, rougeLSum, rougeN, rougeWords } from '../rouge.ts'
import { LONGEST_ALIGNED_TEXT, LONGEST_TEXT, type Score, scored, unscored } from '../score.ts'
import { fuzzyMatch, normalizedMatch, tokenF1 } from '../word-overlap.ts'
import { defineKind, type ScoreUnit } from './define-kind.ts'

/** Kinds that compare the answer's text with the expected output. */

const comparison = {
  needs: ['expected-output'],
  direction: 'higher',
  unit: 'share',
  range: { lowest: 0, highest: 1 },
  longestText: LONGEST_TEXT,
} as const
const flag = { ...comparison, unit: 'flag' } as const
const aligned = { ...comparison, longestText: LONGEST_ALIGNED_TEXT } as const
const points = { ...comparison, unit: 'points' satisfies ScoreUnit, range: { lowest: 0, highest: 100 } } as const

const noSettings = z.strictObject({})
const squadSettings = z.strictObject({ foldQuotes: z.boolean().default(false) })
const rougeMeasure = z.enum(['f1', 'precision', 'recall']).default('f1')
const tolerance = z.number().min(0).default(0)

export const TEXT_KINDS = {
  'exact-match': defineKind({ ...flag, name: 'Exact match', settings: noSettings, create: () => exactMatch }),
  'normalized-match': defineKind({
    ...flag,
    name: 'Normalised match',
    settings: squadSettings,
    create: (settings) => (answer, expected) => scored(normalizedMatch(answer.text, expected, settings)),
  }),
  'fuzzy-match': defineKind({
    ...comparison,
    name: 'Fuzzy match',
    settings: z.strictObject({ mode: z.enum(['either', 'contains', 'keywords']).default('either') }),
    create:
      ({ mode }) =>
      (answer, expected) =>
        fuzzyMatch(answer.text, expected, mode),
  }),
  levenshtein: defineKind({
    ...aligned,
    name: 'Levenshtein similarity',
    settings: noSettings,
    create: () => (answer, expected) => scored(levenshteinSimilarity(answer.text, expected)),
  }),
  'token-f1': defineKind({
    ...comparison,
    name: 'Token F1',
    settings: squadSettings,
    create: (settings) => (answer, expected) => scored(tokenF1(answer.text, expected, settings)),
  }),
  'rouge-n': defineKind({
    ...comparison,
    name: 'ROUGE-N',
    settings: z.strictObject({ order: z.int().min(1).max(4).default(2), measure: rougeMeasure }),
    create:
      ({ order, measure }) =>
      (answer, expected) =>
        scoreRouge(expected, rougeN(answer.text, expected, order), measure),
  }),
  'rouge-l': defineKind({
    ...aligned,
    name: 'ROUGE-L',
    settings: z.strictObject({ bySentence: z.boolean().default(false), measure: rougeMeasure }),
    create:
      ({ bySentence, measure }) =>
      (answer, expected) =>
        scoreRouge(expected, (bySentence ? rougeLSum : rougeL)(answer.text, expected), measure),
  }),
  bleu: defineKind({
    ...points,
    name: 'BLEU',
    settings: z.strictObject({ smoothing: z.enum(['exponential', 'none']).default('exponential') }),
    create:
      ({ smoothing }) =>
      (answer, expected) =>
        unlessBlank(expected, () => sentenceBleu(answer.text, expected, smoothing)),
  }),
  chrf: defineKind({
    ...points,
    name: 'chrF',
    settings: z.strictObject({ wordOrder: z.int().min(0).max(2).default(0) }),
    create:
      ({ wordOrder }) =>
      (answer, expected) =>
        unlessBlank(expected, () => sentenceChrf(answer.text, expected, wordOrder)),
  }),
  'numeric-tolerance': defineKind({
    ...flag,
    name: 'Number within tolerance',
    settings: z.strictObject({ absolute: tolerance, relative: tolerance }),
    create: (settings) => (answer, expected) => numericTolerance(answer.text, expected, settings),
  }),
  'numeric-difference': defineKind({
    ...comparison,
    name: 'Numeric difference',
    settings: noSettings,
    create: () => (answer, expected) => numericDifference(answer.text, expected),
  }),
}

function scoreRouge(expected: string, overlap: Overlap | null, measure: keyof Overlap): Score {
  if (overlap === null) return unscored('The texts are too long to be compared sentence by sentence.')
  return rougeWords(expected).length === 0
    ? unscored('ROUGE reads Latin letters and digits only, and the expected output has none.')
    : scored(overlap[measure])
}

function unlessBlank(expected: string, score: () => number): Score {
  return expected.trim() === '' ? unscored('The expected output is empty.') : scored(score())
}
