import { z } from 'zod'
import type { Answer } from '../answer.ts'
import { buildJudgeRequest, type JudgePrompt } from './judge-request.ts'
import { readVerdict, type Verdict } from './read-verdict.ts'

export interface PairwiseJudgeTask {
  /** What both models were asked, as `writeConversation` writes it. */
  readonly conversation: string
  readonly left: string
  readonly right: string
  /** What makes an answer the better one, in the workspace's words; null: how well it serves whoever asked. */
  readonly criterion: string | null
  /** An unguessable word, see JudgeTask. */
  readonly fence: string
}

/** Which of two answers a judge prefers, by the place in which it was shown. */
export type Preference = 'first' | 'second' | 'tie'

export interface PairOutcome {
  readonly winner: 'left' | 'right' | 'tie'
  /** Whether both orders gave the same winner, or both a tie. */
  readonly isConsistent: boolean
}

/**
 * Asks which of two answers is better, once in each order: judges prefer a place, most often the first.
 * Zheng et al. 2023, https://arxiv.org/abs/2306.05685
 */
export function buildPairwisePrompts(task: PairwiseJudgeTask): { leftFirst: JudgePrompt; rightFirst: JudgePrompt } {
  const { left, right } = task
  return { leftFirst: buildPrompt(task, [left, right]), rightFirst: buildPrompt(task, [right, left]) }
}

export function readPreference(answer: Answer): Verdict<Preference> {
  return readVerdict(answer, 'better', z.enum(PREFERENCES))
}

/** Both orders in one: where they name the same answer it wins, else it is a tie. */
export function foldOrders(leftFirst: Preference, rightFirst: Preference): PairOutcome {
  const [winner, other] = [winnerOf(leftFirst, ['left', 'right']), winnerOf(rightFirst, ['right', 'left'])]
  return winner === other ? { winner, isConsistent: true } : { winner: 'tie', isConsistent: false }
}

const PREFERENCES = ['first', 'second', 'tie'] as const
const SERVES = 'How well the answer serves whoever asked: correct, complete, relevant and clear.'
const DUTY =
  'You compare two answers to the same conversation and say which is better, or that it is a tie. The place in which an ' +
  'answer is shown says nothing of it, nor does its length.'

function buildPrompt(
  { conversation, criterion, fence }: PairwiseJudgeTask,
  [first, second]: [string, string],
): JudgePrompt {
  return buildJudgeRequest({
    duty: `${DUTY}\n\nThe criterion:\n${criterion ?? SERVES}`,
    texts: [
      { name: 'conversation', text: conversation },
      { name: 'first answer', text: first },
      { name: 'second answer', text: second },
    ],
    verdict: {
      field: 'better',
      schema: { type: 'string', enum: PREFERENCES },
      description: '"first", "second" or "tie"',
    },
    fence,
  })
}

function winnerOf(
  preference: Preference,
  [first, second]: ['left' | 'right', 'left' | 'right'],
): PairOutcome['winner'] {
  if (preference === 'tie') return 'tie'
  return preference === 'first' ? first : second
}
