import { describe, expect, test } from 'vitest'
import { predictQuality, readPrompt } from '../../data-plane/decide/quality/predict-quality.ts'
import { createQualityTable } from '../../data-plane/decide/quality/quality-table.ts'
import { FEATURE_COUNT, readFeatures } from '../../shared/llm/routing-features.ts'
import { priorQuality } from '../../shared/llm/routing-priors.ts'
import { countPrompt, MOST_CHARACTERS_READ } from '../../shared/llm/routing-prompt.ts'
import {
  NO_KNOWLEDGE,
  posteriorQuality,
  PRIOR_STRENGTH,
  qualityKnowledgeSchema,
} from '../../shared/llm/routing-quality.ts'
import { learnQuality, type ScoredPrompt } from '../../shared/llm/routing-quality-training.ts'
import { TASK_CLASSES } from '../../shared/llm/routing-vocabulary.ts'
import { model } from '../helpers/snapshot-fixtures.ts'

const GENERAL = TASK_CLASSES.indexOf('general')
const PRIOR = { coding: 0.6, vision: 0.6, 'long-context': 0.6, 'cheap-bulk': 0.6, general: 0.6 }

describe('the quality of a model at a class', () => {
  test('is what is assumed until something is measured', () => {
    expect(posteriorQuality('general', PRIOR, {})).toBe(0.6)
  })

  test('is the mean of the Beta posterior, with a prior worth fifteen scores', () => {
    const scored = (count: number) => posteriorQuality('general', PRIOR, { general: { mean: 1, count } })
    expect(scored(5)).toBeCloseTo((PRIOR_STRENGTH * 0.6 + 5) / (PRIOR_STRENGTH + 5), 12)
    expect(scored(15)).toBeCloseTo(0.8, 12)
    expect(scored(1_000)).toBeCloseTo(0.994, 3)
  })

  test('is moved by what the model showed at other classes, and less than by its own', () => {
    const scores = { coding: { mean: 0.2, count: 60 } }
    const elsewhere = posteriorQuality('general', PRIOR, scores)
    const own = posteriorQuality('coding', PRIOR, scores)
    expect(elsewhere).toBeCloseTo(0.6 + (0.5 * 60 * (0.2 - 0.6)) / (PRIOR_STRENGTH + 60), 12)
    expect(own).toBeLessThan(elsewhere)
  })

  test('stays between nought and one whatever is scored', () => {
    for (const mean of [0, 1]) {
      const scores = { coding: { mean, count: 1e9 }, vision: { mean, count: 1e9 } }
      const quality = posteriorQuality('general', PRIOR, scores)
      expect(quality).toBeGreaterThan(0)
      expect(quality).toBeLessThan(1)
    }
  })
})

describe('what is assumed of public families', () => {
  test.each([
    ['claude-opus-5', 'leading'],
    ['anthropic/claude-opus-4.8', 'leading'],
    ['us.anthropic.claude-opus-4-5-20251101-v1:0', 'frontier'],
    ['claude-sonnet-4-5-20250929', 'strong'],
    ['claude-sonnet-4-20250514', 'capable'],
    ['claude-haiku-4-5', 'capable'],
    ['claude-3-5-sonnet', 'modest'],
    ['claude-3-haiku', 'small'],
    ['gpt-6-sol', 'leading'],
    ['gpt-5.4', 'frontier'],
    ['gpt-5.4-mini', 'strong'],
    ['gpt-5-mini', 'capable'],
    ['gpt-4o', 'modest'],
    ['gpt-4o-2024-08-06', 'modest'],
    ['gpt-4o-mini', 'small'],
    ['gpt-4o-audio-preview', 'small'],
    ['gemini-3.1-pro-preview', 'leading'],
    ['google/gemini-2.5-pro', 'strong'],
    ['gemini-2.5-flash-lite', 'modest'],
    ['meta-llama/llama-3.1-8b-instruct', 'small'],
    ['deepseek/deepseek-r1-distill-qwen-7b', 'small'],
    ['sim-smart', 'strong'],
    ['sim-fast', 'modest'],
  ])('%s is %s', (id, tier) => {
    expect(priorQuality(id).tier).toBe(tier)
  })

  test('a family that nobody has rated is below every one that somebody has', () => {
    const unrated = priorQuality('my-own-model')
    expect(unrated.tier).toBeNull()
    for (const taskClass of TASK_CLASSES) {
      expect(unrated.quality[taskClass]).toBeLessThan(priorQuality('gpt-3.5-turbo').quality[taskClass])
    }
  })
})

describe('learning from scored prompts', () => {
  /** Two kinds of prompt; `able` answers both, `narrow` only the short ones. */
  const short = Array.from({ length: 200 }, (_, index) => `What is the capital of country number ${index % 7}?`)
  const hard = Array.from({ length: 200 }, (_, index) =>
    `Prove that ${index % 9} + x = ${index} is not solvable, except where x < ${index % 5}. `.repeat(6),
  )
  const scored: ScoredPrompt[] = [...short, ...hard].flatMap((prompt, index) => {
    const counts = countPrompt(prompt)
    const isHard = index >= short.length
    return [
      { modelId: 'able', taskClass: 'general', counts, score: index % 10 === 0 ? 0 : 1 },
      { modelId: 'narrow', taskClass: 'general', counts, score: isHard || index % 10 === 0 ? 0 : 1 },
    ]
  })
  const learned = learnQuality(scored)
  const quality = createQualityTable(learned)
  const predict = (id: string, prompt: string): number =>
    predictQuality(quality.ofChat(model({ id })), GENERAL, readPrompt(countPrompt(prompt), quality.promptModel))

  test('tells for which prompts a model is enough', () => {
    const [easy = '', difficult = ''] = [short[3], hard[3]]
    expect(predict('narrow', easy)).toBeGreaterThan(predict('narrow', difficult) + 0.25)
    expect(predict('able', difficult)).toBeGreaterThan(predict('narrow', difficult) + 0.25)
    expect(Math.abs(predict('able', easy) - predict('able', difficult))).toBeLessThan(0.1)
  })

  test('fits a snapshot, and is the same however often it is done', () => {
    expect(qualityKnowledgeSchema.parse(JSON.parse(JSON.stringify(learned)))).toEqual(learned)
    expect(learnQuality(scored)).toEqual(learned)
  })

  test('keeps the means of each class beside the model', () => {
    expect(learned.scores).toContainEqual({ modelId: 'able', taskClass: 'general', mean: 0.9, count: 400 })
  })

  test('says nothing of prompts unlike any it has seen', () => {
    const strange = `${'{[(<>)]}=+-*/0123456789'.repeat(80)}\n${'не'.repeat(400)}`
    const counts = countPrompt(strange)
    expect(readPrompt(counts, quality.promptModel)).toBeNull()
    expect(predict('narrow', strange)).toBeCloseTo(quality.ofChat(model({ id: 'narrow' })).byClass[GENERAL] ?? 0, 12)
  })

  test('says nothing of a model with few scores', () => {
    const few = learnQuality(scored.slice(0, 60))
    expect(few.promptModel).toBeNull()
    expect(few.scores).toHaveLength(2)
  })

  test('a model trained on features that were counted otherwise is not used', () => {
    const { promptModel } = learned
    if (!promptModel) throw new Error('nothing was learned')
    const old = createQualityTable({ ...learned, promptModel: { ...promptModel, featuresVersion: 0 } })
    expect(old.promptModel).toBeNull()
    expect(old.ofChat(model({ id: 'narrow' })).weights).toBeNull()
  })

  test('without any knowledge there are the priors', () => {
    const { byClass, scoreCount } = createQualityTable(NO_KNOWLEDGE).ofChat(model({ id: 'gpt-4o' }))
    expect(byClass[GENERAL]).toBe(priorQuality('gpt-4o').quality.general)
    expect(scoreCount).toBe(0)
  })
})

describe('reading a prompt', () => {
  test('counts what is there', () => {
    const counts = countPrompt(
      'Is it not true that 12 + 30 = 42?\nclassify: the court; the Court;\n```js\nlet x = {\n```',
    )
    expect(counts).toMatchObject({
      lines: 5,
      numbers: 3,
      digits: 6,
      operators: 4,
      questions: 1,
      negations: 2,
      codeFences: 2,
      codeLines: 2,
      kinds: { legal: 1, bulk: 1, maths: 0 },
    })
  })

  test('takes no longer for a longer text than it reads, and says how long it was', () => {
    const text = `${'alpha '.repeat(100_000)}omega`
    const counts = countPrompt(text)
    expect(counts.totalCharacters).toBe(text.length)
    expect(counts.characters).toBeLessThanOrEqual(MOST_CHARACTERS_READ + 1)
    // The two words, and what is left of those that were cut.
    expect(counts.distinctWords).toBeLessThanOrEqual(4)
  })

  test('knows a text of nothing but different words', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz'
    const words = Array.from(
      { length: 5_000 },
      (_, index) =>
        `${letters[index % 26]}${letters[Math.floor(index / 26) % 26]}${letters[Math.floor(index / 676) % 26]}`,
    )
    const counts = countPrompt(words.join(' '))
    expect(counts.distinctWords).toBeGreaterThan(900)
    expect(counts.distinctWords).toBeLessThanOrEqual(counts.words)
  })

  test('gives finite numbers whatever is read', () => {
    for (const text of [
      '',
      ' ',
      '\n\n\n',
      '\u0000',
      '漢字'.repeat(50),
      '🙂',
      "'",
      '`'.repeat(10_000),
      '1'.repeat(9_000),
    ]) {
      const features = readFeatures(countPrompt(text), new Float64Array(FEATURE_COUNT))
      expect([...features].every(Number.isFinite)).toBe(true)
    }
  })

  test('reads each prompt as if it were the first', () => {
    const first = countPrompt('one two three two one')
    countPrompt('something else altogether, with other words')
    expect(countPrompt('one two three two one')).toEqual(first)
    expect(first.distinctWords).toBe(3)
  })
})
