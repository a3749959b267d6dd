import { z } from 'zod'
import type { Answer } from '../answer.ts'
import { buildJudgeRequest, type JudgePrompt } from './judge-request.ts'
import { readVerdict, type Verdict } from './read-verdict.ts'

export interface BinaryJudgeTask {
  /** What the model was asked, as `writeConversation` writes it. */
  readonly conversation: string
  readonly answer: string
  readonly expected: string
  /** More to heed, in the workspace's words; null: nothing. */
  readonly instructions: string | null
  /** An unguessable word, see JudgeTask. */
  readonly fence: string
}

/** Asks whether an answer says what the expected output says: pass or fail. */
export function buildBinaryPrompt({
  conversation,
  answer,
  expected,
  instructions,
  fence,
}: BinaryJudgeTask): JudgePrompt {
  return buildJudgeRequest({
    duty: instructions === null ? DUTY : `${DUTY}\n\nHeed as well:\n${instructions}`,
    texts: [
      { name: 'conversation', text: conversation },
      { name: 'expected output', text: expected },
      { name: 'candidate answer', text: answer },
    ],
    verdict: { field: 'verdict', schema: { type: 'string', enum: VERDICTS }, description: '"pass" or "fail"' },
    fence,
  })
}

/** @returns 1 for pass, 0 for fail */
export function readBinaryVerdict(answer: Answer): Verdict<number> {
  return readVerdict(answer, 'verdict', FORM)
}

const VERDICTS = ['pass', 'fail'] as const
const FORM = z.enum(VERDICTS).transform((verdict) => (verdict === 'pass' ? 1 : 0))
const DUTY =
  'You compare a candidate answer with the expected output for the same conversation. It passes when it says what the ' +
  'expected output says and nothing that contradicts it. Wording, order, length and form do not matter unless the ' +
  'conversation asks for them. It fails when it lacks an essential part, contradicts it, or does not answer.'
