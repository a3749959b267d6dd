import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkEvaluatorSettings,
  evaluate,
  EVALUATOR_KINDS,
  type EvaluatorKindName,
  isEvaluatorKind,
  prepareEvaluator,
} from '../../../control-plane/modules/evaluations/evaluators/evaluator-kinds.ts'
import { answerOf } from './answer-of.ts'

const KINDS = Object.keys(EVALUATOR_KINDS).filter(isEvaluatorKind)
/** What kinds cannot do without; the others need no settings. */
const SETTINGS: Partial<Record<EvaluatorKindName, object>> = {
  'json-schema': { schema: { type: 'object' } },
  regex: { pattern: 'a' },
  'judge-rubric': { criterion: 'Politeness' },
}
const settingsOf = (kind: EvaluatorKindName): object => SETTINGS[kind] ?? {}
const ASKED = new Set(['embedding', 'judge', 'person'])
const scoredHere = KINDS.filter((kind) => !EVALUATOR_KINDS[kind].needs.some((need) => ASKED.has(need)))

describe('kinds of evaluators', () => {
  it('are these', () => {
    expect(KINDS).toEqual([
      'exact-match',
      'normalized-match',
      'fuzzy-match',
      'levenshtein',
      'token-f1',
      'rouge-n',
      'rouge-l',
      'bleu',
      'chrf',
      'numeric-tolerance',
      'numeric-difference',
      'json-schema',
      'json-values',
      'regex',
      'tool-calls',
      'refusal',
      'truncation',
      'empty',
      'embedding-similarity',
      'judge-binary',
      'judge-rubric',
      'judge-ranking',
      'manual',
    ])
    for (const name of ['constructor', '__proto__', 'toString', '']) expect(isEvaluatorKind(name)).toBe(false)
  })

  it.each(KINDS)('%s takes the least settings, and none that it does not know', (kind) => {
    expect(checkEvaluatorSettings(kind, settingsOf(kind))).toEqual([])
    expect(checkEvaluatorSettings(kind, { ...settingsOf(kind), sureness: 1 })).toEqual([
      { path: 'sureness', message: 'is not a setting of this kind' },
    ])
    expect(checkEvaluatorSettings(kind, null)).toEqual([{ path: '', message: 'must be an object' }])
  })

  it('only what nobody wants is better lower', () => {
    const lower = KINDS.filter((kind) => EVALUATOR_KINDS[kind].direction === 'lower')
    expect(lower).toEqual(['refusal', 'truncation', 'empty'])
  })

  it.each([
    ['regex', {}, 'pattern', 'is required'],
    ['regex', { pattern: '' }, 'pattern', 'must have at least 1 characters'],
    ['regex', { pattern: '(' }, 'pattern', 'must be a regular expression without lookaround and backreferences'],
    ['regex', { pattern: '(?=a)b' }, 'pattern', 'must be a regular expression without lookaround and backreferences'],
    [
      'regex',
      { pattern: String.raw`(a)\1` },
      'pattern',
      'must be a regular expression without lookaround and backreferences',
    ],
    ['regex', { pattern: 'x'.repeat(513) }, 'pattern', 'must have at most 512 characters'],
    ['regex', { pattern: '(x{300}y{300}){3}' }, 'pattern', 'repeats too much'],
    ['json-schema', {}, 'schema', 'must be a JSON Schema, an object'],
    ['json-schema', { schema: 'object' }, 'schema', 'cannot be used: it must be an object'],
    [
      'json-schema',
      { schema: { type: 'thing' } },
      'schema',
      'cannot be used: its `/type` must be a type of JSON, or a list of them',
    ],
    ['numeric-tolerance', { absolute: -0.1 }, 'absolute', 'must be at least 0'],
    ['numeric-tolerance', { relative: Infinity }, 'relative', 'must be a finite number'],
    ['rouge-n', { order: 5 }, 'order', 'must be at most 4'],
    ['rouge-l', { measure: 'f2' }, 'measure', 'must be one of f1, precision, recall'],
    ['fuzzy-match', { mode: 'close' }, 'mode', 'must be one of either, contains, keywords'],
    ['tool-calls', { arguments: 'some' }, 'arguments', 'must be one of exact, ignore, subset, superset'],
    ['embedding-similarity', { base: 1 }, 'base', 'must be less than 1'],
    ['judge-rubric', {}, 'criterion', 'is required'],
    ['judge-rubric', { criterion: 'a', grades: ['a'] }, 'grades', 'must have five texts, for grades 1 to 5'],
    ['judge-rubric', { criterion: 'a', grades: ['a', 'b', 'c', 'd', 5] }, 'grades[4]', 'must be a text'],
    ['manual', { lowest: 5, highest: 1 }, 'highest', 'must be more than `lowest`'],
    ['vibes', {}, 'kind', 'is not a kind of evaluator'],
  ])('%s with %j is refused: %s %s', (kind, settings, path, message) => {
    expect(checkEvaluatorSettings(kind, settings)).toEqual([{ path, message }])
  })

  it('every mistake is told, not only the first', () => {
    const paths = checkEvaluatorSettings('numeric-tolerance', { absolute: -1, relative: 'a', more: 1 })
    expect(paths.map(({ path }) => path)).toEqual(['absolute', 'relative', 'more'])
  })

  it('settings that are not valid score nothing, and say why', () => {
    expect(evaluate({ kind: 'regex', settings: {} }, answerOf('a'), null)).toEqual({
      score: null,
      reason: "The evaluator's settings are not valid: pattern is required.",
    })
  })
})

describe('scores', () => {
  it.each(scoredHere)('%s gives a score in its range or a reason, whatever strangers wrote', (kind) => {
    const { range } = EVALUATOR_KINDS[kind]
    const anything = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }))
    const prepared = prepareEvaluator(kind, settingsOf(kind))
    if (prepared.type !== 'ready') throw new Error('not ready')
    fc.assert(
      fc.property(anything, anything, (text, expected) => {
        const toolCalls = [{ name: text, arguments: expected }]
        const { score, reason } = prepared.evaluate(answerOf(text, { toolCalls }), expected)
        expect(score !== null || reason?.endsWith('.')).toBe(true)
        expect(score ?? range.lowest).toBeGreaterThanOrEqual(range.lowest)
        expect(score ?? range.lowest).toBeLessThanOrEqual(range.highest)
      }),
    )
  })

  it.each(KINDS.filter(needsExpected))('%s scores nothing without an expected output', (kind) => {
    expect(evaluate({ kind, settings: settingsOf(kind) }, answerOf('a'), null)).toEqual({
      score: null,
      reason: 'There is no expected output to compare with.',
    })
  })

  it.each(KINDS.filter((kind) => !scoredHere.includes(kind)))('%s says whom it has to ask', (kind) => {
    const { score, reason } = evaluate({ kind, settings: settingsOf(kind) }, answerOf('a'), 'a')
    expect(score).toBeNull()
    expect(reason).toMatch(/^This kind has to ask (an embedding model|a judge|a person)\.$/)
  })

  it.each([
    ['regex', { pattern: 'capital.*Paris' }, 1],
    ['regex', { pattern: 'PARIS' }, 0],
    ['regex', { pattern: 'PARIS', caseSensitive: false }, 1],
    ['regex', { pattern: 'Paris', whole: true }, 0],
    ['regex', { pattern: '.*Paris.', whole: true }, 1],
    ['regex', { pattern: 'Rome', negate: true }, 1],
    ['rouge-n', { order: 1, measure: 'precision' }, 0.6],
    ['rouge-n', { order: 1, measure: 'recall' }, 1],
    ['rouge-l', { bySentence: true }, 0.75],
    ['chrf', { wordOrder: 2 }, 62.5726],
    ['normalized-match', { foldQuotes: true }, 0],
    ['fuzzy-match', { mode: 'contains' }, 0],
    ['refusal', {}, 0],
  ])('%s heeds its settings %j', (kind, settings, score) => {
    const found = evaluate({ kind, settings }, answerOf('The capital is now Paris.'), 'capital: now Paris')
    expect(found.score).toBeCloseTo(score, 1)
  })

  it('a schema is checked, and what breaks it first is said', () => {
    const settings = { schema: { type: 'object', required: ['city'] } }
    const judged = (text: string, more = {}): unknown =>
      evaluate({ kind: 'json-schema', settings: { ...settings, ...more } }, answerOf(text), null)
    expect(judged('{"city":"Paris"}')).toEqual({ score: 1, reason: null })
    expect(judged('{}')).toEqual({ score: 0, reason: 'By the schema, the answer must have the property `city`.' })
    expect(judged('Paris')).toEqual({ score: 0, reason: 'The answer is not JSON.' })
    expect(judged('```json\n{"city":"Paris"}\n```')).toEqual({ score: 0, reason: 'The answer is not JSON.' })
    expect(judged('```json\n{"city":"Paris"}\n```', { allowFence: true })).toEqual({ score: 1, reason: null })
  })

  it('BLEU, chrF and ROUGE cannot be measured against nothing', () => {
    for (const kind of ['bleu', 'chrf', 'rouge-l']) {
      expect(evaluate({ kind, settings: {} }, answerOf('a'), ' ').score).toBeNull()
    }
    expect(evaluate({ kind: 'rouge-l', settings: {} }, answerOf('你好'), '你好').reason).toMatch(/Latin letters/)
  })
})

describe('bounds', () => {
  const LONGEST: Record<string, number> = {
    levenshtein: 20_000,
    'rouge-l': 20_000,
    refusal: Infinity,
    truncation: Infinity,
    empty: Infinity,
  }

  it.each(scoredHere)('%s has its limit', (kind) => {
    expect(EVALUATOR_KINDS[kind].longestText).toBe(LONGEST[kind] ?? 100_000)
  })

  it.each(scoredHere.filter((kind) => EVALUATOR_KINDS[kind].longestText < Infinity))(
    '%s does not judge an answer above its limit, and says so',
    (kind) => {
      const limit = EVALUATOR_KINDS[kind].longestText
      expect(evaluate({ kind, settings: settingsOf(kind) }, answerOf('a'.repeat(limit + 1)), 'a')).toEqual({
        score: null,
        reason: `The answer is longer than ${limit} characters.`,
      })
    },
  )

  it.each(scoredHere.filter(needsExpected))('%s does not compare with an expected output above its limit', (kind) => {
    const limit = EVALUATOR_KINDS[kind].longestText
    expect(evaluate({ kind, settings: settingsOf(kind) }, answerOf('a'), 'a'.repeat(limit + 1))).toEqual({
      score: null,
      reason: `The expected output is longer than ${limit} characters.`,
    })
  })

  // The longest texts take up to half a second a kind; without bounds on the work it would be minutes.
  it.each(scoredHere)('%s is done with the longest texts in seconds', (kind) => {
    const length = Math.min(EVALUATOR_KINDS[kind].longestText, 100_000)
    const prepared = prepareEvaluator(kind, settingsOf(kind))
    if (prepared.type !== 'ready') throw new Error('not ready')
    const pairs = [
      [repeat('a b ', length), repeat('b a c ', length)],
      [repeat('a', length), `b${repeat('a', length / 2)}`],
      [`[${repeat('"ab",', length - 10)}1]`, `[${repeat('"ba",', length - 10)}1]`],
      [repeat('1,', length), repeat('.,1 ', length)],
    ] as const
    const started = performance.now()
    for (const [text, expected] of pairs) prepared.evaluate(answerOf(text), expected)
    expect(performance.now() - started).toBeLessThan(8_000)
  })

  it('a regular expression reads no more than its size allows', () => {
    const settings = { pattern: '[ab]*a[ab]{400}c', whole: true }
    const started = performance.now()
    expect(evaluate({ kind: 'regex', settings }, answerOf('ab'.repeat(6_000)), null).score).toBe(0)
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(evaluate({ kind: 'regex', settings }, answerOf('ab'.repeat(7_000)), null)).toEqual({
      score: null,
      reason: 'The answer is too long for a regular expression of this size.',
    })
  })

  it('ROUGE by sentences is left out where the sentences are too many', () => {
    const text = repeat('a b c d ', 20_000)
    expect(evaluate({ kind: 'rouge-l', settings: { bySentence: true } }, answerOf(text), text).score).toBeNull()
    expect(evaluate({ kind: 'rouge-l', settings: {} }, answerOf(text), text).score).toBe(1)
  })
})

function needsExpected(kind: EvaluatorKindName): boolean {
  return EVALUATOR_KINDS[kind].needs.some((need) => need === 'expected-output')
}

function repeat(part: string, length: number): string {
  return part.repeat(Math.floor(length / part.length))
}
