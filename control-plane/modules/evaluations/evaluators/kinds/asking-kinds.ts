import { z } from 'zod'
import { LONGEST_JUDGED_TEXT } from '../judge/judge-request.ts'
import { type Score, unscored } from '../score.ts'
import { defineKind } from './define-kind.ts'

/**
 * Kinds that somebody has to be asked for: a model that embeds, a judge, a person. What is pure of them stands in
 * `embedding-similarity.ts` and `judge/`; here `evaluate` only says that it cannot.
 */

const asking = {
  direction: 'higher',
  unit: 'share',
  range: { lowest: 0, highest: 1 },
  longestText: LONGEST_JUDGED_TEXT,
} as const

const words = z.string().trim().min(1).max(4_000)

export const embeddingSettings = z.strictObject({ base: z.number().min(0).lt(1).default(0) })
export const binaryJudgeSettings = z.strictObject({ instructions: words.nullable().default(null) })
export const rubricJudgeSettings = z.strictObject({
  criterion: words,
  grades: z.array(words.max(500)).length(5, 'must have five texts, for grades 1 to 5').nullable().default(null),
  showExpected: z.boolean().default(false),
})
export const rankingJudgeSettings = z.strictObject({ criterion: words.nullable().default(null) })
export const manualSettings = z
  .strictObject({ lowest: z.number().default(1), highest: z.number().default(5) })
  .refine(({ lowest, highest }) => lowest < highest, { path: ['highest'], message: 'must be more than `lowest`' })

export const ASKING_KINDS = {
  'embedding-similarity': defineKind({
    ...asking,
    name: 'Embedding similarity',
    needs: ['expected-output', 'embedding'],
    settings: embeddingSettings,
    create: () => () => elsewhere('an embedding model'),
  }),
  'judge-binary': defineKind({
    ...asking,
    name: 'LLM judge (binary)',
    unit: 'flag',
    needs: ['expected-output', 'judge'],
    settings: binaryJudgeSettings,
    create: () => () => elsewhere('a judge'),
  }),
  'judge-rubric': defineKind({
    ...asking,
    name: 'LLM judge (rubric)',
    unit: 'grade',
    range: { lowest: 1, highest: 5 },
    needs: ['judge'],
    settings: rubricJudgeSettings,
    create: () => () => elsewhere('a judge'),
  }),
  'judge-ranking': defineKind({
    ...asking,
    name: 'LLM judge (ranking)',
    needs: ['judge', 'other-answers'],
    settings: rankingJudgeSettings,
    create: () => () => elsewhere('a judge'),
  }),
  manual: defineKind({
    ...asking,
    name: 'Manual',
    unit: 'grade',
    range: { lowest: 1, highest: 5 },
    needs: ['person'],
    settings: manualSettings,
    create: () => () => elsewhere('a person'),
  }),
}

function elsewhere(whom: string): Score {
  return unscored(`This kind has to ask ${whom}.`)
}
