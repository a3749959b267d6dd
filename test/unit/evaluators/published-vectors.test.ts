import { describe, expect, it } from 'vitest'
import { corpusBleu, sentenceBleu } from '../../../control-plane/modules/evaluations/evaluators/bleu.ts'
import { corpusChrf, sentenceChrf } from '../../../control-plane/modules/evaluations/evaluators/chrf.ts'
import { jsonValues } from '../../../control-plane/modules/evaluations/evaluators/json-values.ts'
import { levenshteinSimilarity } from '../../../control-plane/modules/evaluations/evaluators/levenshtein.ts'
import { normalizeSquad } from '../../../control-plane/modules/evaluations/evaluators/normalize-text.ts'
import { numericSimilarity } from '../../../control-plane/modules/evaluations/evaluators/numeric.ts'
import { rougeL, rougeLSum, rougeN } from '../../../control-plane/modules/evaluations/evaluators/rouge.ts'
import { normalizedMatch, tokenF1 } from '../../../control-plane/modules/evaluations/evaluators/word-overlap.ts'
import vectors from '../../fixtures/evaluators/eval-vectors.json' with { type: 'json' }
import { answerOf } from './answer-of.ts'

const SQUAD = { foldQuotes: false }
/** Six decimals: by less than half a millionth. */
const DECIMALS = 6

describe('evaluators give what is published', () => {
  it('no section and no field of the published values is left out, but TER', () => {
    const fields = Object.entries(vectors).map(([section, cases]) => {
      const [first] = Array.isArray(cases) ? cases : [cases]
      return `${section}: ${Object.keys(first ?? {}).join(' ')}`
    })
    expect(fields).toEqual([
      'squad: gold pred exact f1 norm_gold norm_pred',
      'rouge: ref cand rouge1 rouge2 rougeL',
      'sacrebleu_readme: hyp refs bleu precisions bp sys_len ref_len chrf chrfpp ter',
      'sentence: ref cand bleu_exp bleu_none chrf chrf_pp ter',
      'levenshtein_autoevals: a b distance score expected',
      'numericdiff_autoevals: output expected score',
      'jsondiff_autoevals: a b score',
      'rougeLsum_google: ref cand recall precision f',
    ])
  })

  it.each(vectors.squad)('SQuAD: $pred for $gold', ({ gold, pred, exact, f1, norm_gold, norm_pred }) => {
    expect(normalizeSquad(gold, SQUAD)).toBe(norm_gold)
    expect(normalizeSquad(pred, SQUAD)).toBe(norm_pred)
    expect(normalizedMatch(pred, gold, SQUAD)).toBe(exact)
    expect(tokenF1(pred, gold, SQUAD)).toBeCloseTo(f1, DECIMALS)
  })

  it.each(vectors.rouge)('ROUGE: $cand for $ref', ({ ref, cand, ...published }) => {
    const found = { rouge1: rougeN(cand, ref, 1), rouge2: rougeN(cand, ref, 2), rougeL: rougeL(cand, ref) }
    for (const name of ['rouge1', 'rouge2', 'rougeL'] as const) {
      expect(found[name].precision).toBeCloseTo(published[name].p, DECIMALS)
      expect(found[name].recall).toBeCloseTo(published[name].r, DECIMALS)
      expect(found[name].f1).toBeCloseTo(published[name].f, DECIMALS)
    }
  })

  it.each(vectors.rougeLsum_google)('ROUGE of summaries: $cand', ({ ref, cand, recall, precision, f }) => {
    const found = rougeLSum(cand, ref)
    expect(found?.recall ?? NaN).toBeCloseTo(recall, DECIMALS)
    expect(found?.precision ?? NaN).toBeCloseTo(precision, DECIMALS)
    expect(found?.f1).toBeCloseTo(f, 4)
  })

  it("BLEU and chrF of sacreBLEU's example, three texts with two references each", () => {
    const { hyp, refs, bleu, precisions, bp, sys_len, ref_len, chrf, chrfpp } = vectors.sacrebleu_readme
    const segments = hyp.map((candidate, index) => ({ candidate, references: refs.map((texts) => texts[index] ?? '') }))
    const found = corpusBleu(segments)
    expect(found.score).toBeCloseTo(bleu, DECIMALS)
    precisions.forEach((precision, index) => expect(found.precisions[index] ?? NaN).toBeCloseTo(precision, DECIMALS))
    expect(found.brevityPenalty).toBeCloseTo(bp, DECIMALS)
    expect([found.candidateLength, found.referenceLength]).toEqual([sys_len, ref_len])
    expect(corpusChrf(segments)).toBeCloseTo(chrf, DECIMALS)
    expect(corpusChrf(segments, 2)).toBeCloseTo(chrfpp, DECIMALS)
  })

  it.each(vectors.sentence)('BLEU and chrF of one text: $cand', ({ ref, cand, bleu_exp, bleu_none, chrf, chrf_pp }) => {
    expect(sentenceBleu(cand, ref)).toBeCloseTo(bleu_exp, DECIMALS)
    expect(sentenceBleu(cand, ref, 'none')).toBeCloseTo(bleu_none, DECIMALS)
    expect(sentenceChrf(cand, ref)).toBeCloseTo(chrf, DECIMALS)
    expect(sentenceChrf(cand, ref, 2)).toBeCloseTo(chrf_pp, DECIMALS)
  })

  it.each(vectors.levenshtein_autoevals)('Levenshtein: $a and $b', ({ a, b, distance, score, expected }) => {
    const found = levenshteinSimilarity(a, b)
    expect(found).toBeCloseTo(score, DECIMALS)
    expect(found).toBeCloseTo(expected, DECIMALS)
    expect((1 - found) * Math.max(a.length, b.length)).toBeCloseTo(distance, DECIMALS)
  })

  it.each(vectors.numericdiff_autoevals)('NumericDiff: $output for $expected', ({ output, expected, score }) => {
    expect(numericSimilarity(output, expected)).toBeCloseTo(score, DECIMALS)
  })

  it.each(vectors.jsondiff_autoevals)('JSONDiff: $a for $b', ({ a, b, score }) => {
    const found = jsonValues(answerOf(JSON.stringify(a)), JSON.stringify(b), false)
    expect(found.score).toBeCloseTo(score, DECIMALS)
  })
})
