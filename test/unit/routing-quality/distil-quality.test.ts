import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { distilQuality } from '../../../control-plane/modules/routing-quality/distil-quality.ts'
import { isNews } from '../../../control-plane/modules/routing-quality/is-news.ts'
import type { EvidenceCell, MetricEvidence } from '../../../control-plane/modules/routing-quality/quality-evidence.ts'
import { priorQuality } from '../../../shared/llm/routing-priors.ts'
import {
  fromLogOdds,
  logOdds,
  MOST_QUALITY_SCORES,
  NO_KNOWLEDGE,
  qualityKnowledgeSchema,
  type QualityKnowledge,
} from '../../../shared/llm/routing-quality.ts'
import { TASK_CLASSES } from '../../../shared/llm/routing-vocabulary.ts'

const TODAY = 20_000

/** Scores of one model by their values. */
function cell(modelId: string, values: readonly number[], fields: Partial<EvidenceCell> = {}): EvidenceCell {
  const sum = values.reduce((all, value) => all + value, 0)
  const sumOfSquares = values.reduce((all, value) => all + value * value, 0)
  return { modelId, taskClass: 'general', day: TODAY, count: values.length, sum, sumOfSquares, ...fields }
}

function evidence(cells: readonly EvidenceCell[], fields: Partial<MetricEvidence> = {}): MetricEvidence {
  const metric = { id: 'm', name: 'right', direction: 'higher', range: { lowest: 0, highest: 1 } } as const
  return { source: { type: 'ab-test', id: 't' }, metric, cells, ...fields }
}

const passed = (right: number, wrong: number): number[] => [
  ...Array.from({ length: right }, () => 1),
  ...Array.from({ length: wrong }, () => 0),
]

const scoreOf = ({ scores }: QualityKnowledge, modelId: string) => scores.find((score) => score.modelId === modelId)
const learn = (...all: readonly MetricEvidence[]): QualityKnowledge => distilQuality(all, TODAY).knowledge

describe('what scores teach', () => {
  test('is what the formula says, for two models with as many scores', () => {
    const knowledge = learn(evidence([cell('sim-smart', passed(40, 60)), cell('sim-fast', passed(80, 20))]))
    const [smart, fast] = [priorQuality('sim-smart').quality.general, priorQuality('sim-fast').quality.general]
    const assumed = (logOdds(smart) + logOdds(fast)) / 2
    // Means of 0.4 and 0.8 around 0.6, with a deviation of √0.24.
    const difference = ((Math.PI / Math.sqrt(3)) * 0.2) / Math.sqrt(0.24)
    expect(knowledge.promptModel).toBeNull()
    expect(knowledge.scores).toEqual([
      {
        modelId: 'sim-fast',
        taskClass: 'general',
        mean: expect.closeTo(fromLogOdds(assumed + difference), 4),
        count: 100,
      },
      {
        modelId: 'sim-smart',
        taskClass: 'general',
        mean: expect.closeTo(fromLogOdds(assumed - difference), 4),
        count: 100,
      },
    ])
  })

  test('is nothing where a model has no other to be compared with, by metric, source and class', () => {
    const alone = evidence([cell('a', passed(1, 99)), cell('b', passed(9, 1), { taskClass: 'coding' })])
    const elsewhere = evidence([cell('b', passed(9, 1))], { source: { type: 'ab-test', id: 'other' } })
    expect(distilQuality([alone, elsewhere], TODAY)).toEqual({ knowledge: NO_KNOWLEDGE, findings: [] })
  })

  test('is that models are equal where all scores are the same, however low', () => {
    const [one, other] = learn(evidence([cell('a', [0.1, 0.1]), cell('b', [0.1, 0.1])])).scores
    expect(one?.mean).toBe(other?.mean)
    expect(one?.mean).toBeCloseTo(priorQuality('a').quality.general, 4)
  })

  test('does not count answers twice that several metrics looked at, and adds up sources', () => {
    const cells = [cell('a', passed(30, 10)), cell('b', passed(10, 30))]
    const metric = { id: 'n', name: 'near', direction: 'higher', range: { lowest: 0, highest: 1 } } as const
    const once = learn(evidence(cells))
    expect(learn(evidence(cells), evidence(cells, { metric }))).toEqual(once)
    const run = evidence(cells, { source: { type: 'benchmark-run', id: 'r' } })
    expect(scoreOf(learn(evidence(cells), run), 'a')).toEqual({ ...scoreOf(once, 'a'), count: 80 })
  })

  test('counts half of a score after a month, and nothing after three', () => {
    const aged = (day: number) => [cell('a', passed(80, 20), { day }), cell('b', passed(20, 80), { day })]
    const fresh = learn(evidence(aged(TODAY)))
    expect(scoreOf(learn(evidence(aged(TODAY - 30))), 'a')).toEqual({ ...scoreOf(fresh, 'a'), count: 50 })
    expect(learn(evidence(aged(TODAY - 91)))).toEqual(NO_KNOWLEDGE)
    const turned = [cell('a', passed(20, 80), { day: TODAY - 89 }), cell('b', passed(80, 20), { day: TODAY - 89 })]
    const both = learn(evidence([...aged(TODAY), ...turned]))
    expect(scoreOf(both, 'a')?.mean).toBeGreaterThan(scoreOf(both, 'b')?.mean ?? 1)
  })

  test('says where it comes from, on one scale', () => {
    const grades = { id: 'g', name: 'tone', direction: 'lower', range: { lowest: 1, highest: 5 } } as const
    const { findings } = distilQuality([evidence([cell('b', [1, 2]), cell('a', [5, 5])], { metric: grades })], TODAY)
    const source = { type: 'ab-test', id: 't' }
    expect(findings).toEqual([
      { modelId: 'a', taskClass: 'general', count: 2, mean: 0, source, metricId: 'g', metricName: 'tone' },
      { modelId: 'b', taskClass: 'general', count: 2, mean: 0.875, source, metricId: 'g', metricName: 'tone' },
    ])
  })

  test('fits a snapshot, the best measured first, whatever there is of it', () => {
    const cells = Array.from({ length: MOST_QUALITY_SCORES + 50 }, (_, place) =>
      cell(`model-${place}`, passed(1, place < 50 ? 0 : 1)),
    )
    const knowledge = learn(evidence([...cells, cell('x'.repeat(300), [1])]))
    expect(qualityKnowledgeSchema.parse(knowledge)).toEqual(knowledge)
    expect(knowledge.scores).toHaveLength(MOST_QUALITY_SCORES)
    expect(scoreOf(knowledge, 'model-0')).toBeUndefined()
  })
})

const MODELS = ['gpt-4o', 'claude-opus-5', 'my-own-model', '__proto__']
const unitValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 })
const cells = fc.array(
  fc
    .record({
      modelId: fc.constantFrom(...MODELS),
      taskClass: fc.constantFrom(...TASK_CLASSES),
      day: fc.integer({ min: TODAY - 100, max: TODAY + 1 }),
      values: unitValues,
    })
    .map(({ modelId, values, ...fields }) => cell(modelId, values, fields)),
  { maxLength: 20 },
)

describe('whatever the scores', () => {
  test('means are certain of nothing, counts are never more than there were, and a snapshot can hold them', () => {
    fc.assert(
      fc.property(cells, (all) => {
        const knowledge = learn(evidence(all))
        expect(qualityKnowledgeSchema.parse(knowledge)).toEqual(knowledge)
        for (const { modelId, taskClass, mean, count } of knowledge.scores) {
          expect(mean).toBeGreaterThanOrEqual(0.01)
          expect(mean).toBeLessThanOrEqual(0.99)
          const given = all.filter((each) => each.modelId === modelId && each.taskClass === taskClass)
          expect(count).toBeLessThanOrEqual(given.reduce((sum, each) => sum + each.count, 0))
        }
      }),
    )
  })

  test('the order in which they are read does not matter', () => {
    fc.assert(
      fc.property(cells, cells, (one, other) => {
        const sources = [evidence(one), evidence(other, { source: { type: 'benchmark-run', id: 'r' } })]
        const backward = sources.toReversed().map((each) => ({ ...each, cells: each.cells.toReversed() }))
        const [there, back] = [learn(...sources), learn(...backward)]
        expect(back.scores.map(({ mean: _mean, ...rest }) => rest)).toEqual(
          there.scores.map(({ mean: _mean, ...rest }) => rest),
        )
        for (const [place, { mean }] of there.scores.entries()) expect(back.scores[place]?.mean).toBeCloseTo(mean, 3)
      }),
    )
  })

  test('neither the scale of a metric nor how strict it is matters, nor whether it counts what is right or what is wrong', () => {
    const values = fc.tuple(unitValues, unitValues)
    const scale = fc.record({ lowest: fc.integer({ min: -50, max: 50 }), width: fc.integer({ min: 1, max: 100 }) })
    fc.assert(
      fc.property(values, scale, fc.boolean(), ([mine, theirs], { lowest, width }, isTurned) => {
        // Values that are nearly the same differ by rounding alone.
        const [a, b] = [mine, theirs].map((each) => each.map((value) => Math.round(value * 16) / 16))
        const range = { lowest: 2 * lowest, highest: 2 * (lowest + width) }
        // Squeezed into the lower half of the range: a stricter metric of the same answers.
        const moved = (value: number) => (isTurned ? range.highest - width * value : range.lowest + width * value)
        const metric = { id: 'm', name: 'right', direction: isTurned ? ('lower' as const) : ('higher' as const), range }
        const plain = learn(evidence([cell('a', a ?? []), cell('b', b ?? [])]))
        const same = learn(evidence([cell('a', (a ?? []).map(moved)), cell('b', (b ?? []).map(moved))], { metric }))
        for (const { modelId, mean } of plain.scores) expect(scoreOf(same, modelId)?.mean).toBeCloseTo(mean, 3)
      }),
    )
  })

  test('of two models the one with the better scores is never expected to be the worse one', () => {
    fc.assert(
      fc.property(unitValues, unitValues, (mine, theirs) => {
        const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
        const knowledge = learn(evidence([cell('a', mine), cell('b', theirs)]))
        const gap = (scoreOf(knowledge, 'a')?.mean ?? 0) - (scoreOf(knowledge, 'b')?.mean ?? 0)
        expect(gap * Math.sign(meanOf(mine) - meanOf(theirs))).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('data planes are told', () => {
  const score = { modelId: 'a', taskClass: 'general', mean: 0.8, count: 100 } as const
  const knowing = (...scores: QualityKnowledge['scores']): QualityKnowledge => ({ scores, promptModel: null })

  test.each([
    ['of nothing new', { ...score }, false],
    ['of little more of the same', { ...score, mean: 0.805, count: 110 }, false],
    ['of another quality', { ...score, mean: 0.79 }, true],
    ['of far more scores', { ...score, count: 121 }, true],
    ['of another class', { ...score, taskClass: 'coding' as const }, true],
  ])('%s', (_what, learned, isTold) => {
    expect(isNews(knowing({ ...score }), knowing(learned))).toBe(isTold)
  })

  test('of the first scores, and when the last are gone', () => {
    expect(isNews(NO_KNOWLEDGE, knowing({ ...score }))).toBe(true)
    expect(isNews(knowing({ ...score }), NO_KNOWLEDGE)).toBe(true)
    expect(isNews(NO_KNOWLEDGE, NO_KNOWLEDGE)).toBe(false)
  })
})
