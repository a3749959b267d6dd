import {
  buildPairwisePrompts,
  foldOrders,
  type PairOutcome,
  type Preference,
  readPreference,
} from './evaluators/judge/pairwise-judge.ts'
import { type Comparison, rankVariants, type RankedVariant } from './evaluators/judge/rank-variants.ts'
import { writeConversation } from './evaluators/judge/write-conversation.ts'
import { rankingJudgeSettings } from './evaluators/kinds/asking-kinds.ts'
import type { Metric } from './evaluations.read-model.ts'
import { type JudgeCalls, type JudgeCall, type JudgeOutcome } from './judge-calls.ts'
import { readChatVerdict, toChatCall } from './judge-call.ts'

export interface RankingRequest {
  /** Of what is ranked; whoever was told to come later is known by it. */
  readonly name: string
  /** Of kind `judge-ranking`. */
  readonly metric: Metric
  /** What all variants were asked. */
  readonly messages: unknown
  /** One of each variant: the text. */
  readonly answers: readonly { readonly variantId: string; readonly text: string }[]
}

export type Ranking =
  | {
      readonly type: 'ranked'
      readonly comparisons: readonly (Comparison & Pick<PairOutcome, 'isConsistent'>)[]
      readonly variants: readonly RankedVariant[]
      /** Pairs that a judge said nothing readable of. */
      readonly unreadable: number
    }
  | Exclude<JudgeOutcome, { type: 'answered' }>

/** More variants make more pairs than anybody wants to pay for: 20 make 190, each judged twice. */
const MOST_ANSWERS = 20

interface Deps {
  readonly judgeCalls: JudgeCalls
  readonly createFence: () => string
}

/**
 * Ranks the answers of several variants to one prompt: a judge compares each two of them, in both orders. What was
 * asked of a ranking that ends early, or fails, is paid for.
 *
 * @throws ModelCallFailed when a call failed
 * @throws RangeError for fewer than two or more than 20 answers
 */
export function createRankAnswers({ judgeCalls, createFence }: Deps) {
  return async (workspaceId: string, request: RankingRequest): Promise<Ranking> => {
    const { name, answers } = request
    if (answers.length < 2 || answers.length > MOST_ANSWERS) {
      throw new RangeError(`a ranking is of 2 to ${MOST_ANSWERS} answers`)
    }
    const pairs = pairsOf(request, createFence)
    const calls = pairs.flatMap((pair) => pair.calls)
    const outcome = await judgeCalls.ask(workspaceId, name, calls)
    if (outcome.type !== 'answered') return outcome
    const bodies = outcome.replies.map(({ body }) => body)
    const comparisons = pairs.flatMap(({ left, right }, place) => {
      const [leftFirst, rightFirst] = [readOrder(bodies[place * 2]), readOrder(bodies[place * 2 + 1])]
      return leftFirst && rightFirst ? [{ left, right, ...foldOrders(leftFirst, rightFirst) }] : []
    })
    const variantIds = answers.map(({ variantId }) => variantId)
    const variants = rankVariants(variantIds, comparisons)
    return { type: 'ranked', comparisons, variants, unreadable: pairs.length - comparisons.length }
  }
}

interface Pair {
  readonly left: string
  readonly right: string
  /** The left answer first, then the right one first. */
  readonly calls: readonly JudgeCall[]
}

/** Each two answers once. Those that are too long for a judge are compared with no other. */
function pairsOf({ metric, messages, answers }: RankingRequest, createFence: () => string): Pair[] {
  const { criterion } = rankingJudgeSettings.parse(metric.settings)
  const { judgeModel } = metric
  if (judgeModel === null) return []
  const conversation = writeConversation(messages)
  return answers.flatMap((left, place) =>
    answers.slice(place + 1).flatMap((right) => {
      const fence = createFence()
      const task = { conversation, left: left.text, right: right.text, criterion, fence }
      const { leftFirst, rightFirst } = buildPairwisePrompts(task)
      if (leftFirst.type !== 'request' || rightFirst.type !== 'request') return []
      const calls = [toChatCall(judgeModel, leftFirst.request), toChatCall(judgeModel, rightFirst.request)]
      return [{ left: left.variantId, right: right.variantId, calls }]
    }),
  )
}

function readOrder(body: unknown): Preference | null {
  const verdict = readChatVerdict(body, readPreference)
  return verdict.type === 'read' ? verdict.value : null
}
