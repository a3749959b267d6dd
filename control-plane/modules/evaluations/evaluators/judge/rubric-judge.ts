import { z } from 'zod'
import type { Answer } from '../answer.ts'
import { buildJudgeRequest, type JudgePrompt } from './judge-request.ts'
import { readVerdict, type Verdict } from './read-verdict.ts'

export interface RubricJudgeTask {
  /** What the model was asked, as `writeConversation` writes it. */
  readonly conversation: string
  readonly answer: string
  /** Null: the judge goes by the criterion alone. */
  readonly expected: string | null
  /** The one thing that is judged, in the workspace's words. */
  readonly criterion: string
  /** What grades 1 to 5 mean, in this order; null: from very poor to excellent. */
  readonly grades: readonly string[] | null
  /** An unguessable word, see JudgeTask. */
  readonly fence: string
}

/** Asks for a grade from 1 to 5 by one criterion; several criteria are several calls. */
export function buildRubricPrompt({
  conversation,
  answer,
  expected,
  criterion,
  grades,
  fence,
}: RubricJudgeTask): JudgePrompt {
  const meanings = (grades ?? GRADES).map((meaning, index) => `${index + 1}: ${meaning}`).join('\n')
  return buildJudgeRequest({
    duty: `${DUTY}\n\nThe criterion:\n${criterion}\n\nThe grades:\n${meanings}`,
    texts: [
      { name: 'conversation', text: conversation },
      ...(expected === null ? [] : [{ name: 'expected output', text: expected }]),
      { name: 'candidate answer', text: answer },
    ],
    verdict: { field: 'grade', schema: { type: 'integer', enum: [1, 2, 3, 4, 5] }, description: 'an integer, 1 to 5' },
    fence,
  })
}

/** @returns the grade, 1 to 5 */
export function readRubricVerdict(answer: Answer): Verdict<number> {
  return readVerdict(answer, 'grade', z.int().min(1).max(5))
}

const GRADES = ['very poor', 'poor', 'fair', 'good', 'excellent']
const DUTY =
  'You grade a candidate answer to a conversation by one criterion and by nothing else. Length, style and confidence ' +
  'count only where the criterion names them. An expected output, where one is shown, is a good answer, not the only one.'
