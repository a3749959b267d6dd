import type { EvaluationInput, Metric } from './evaluations.read-model.ts'
import type { JudgeCalls } from './judge-calls.ts'
import { ModelCallFailed } from './ask-model.ts'
import { judgedBy, needsOf, scoreAnswer } from './metric-kinds.ts'

/** An answer outside of live calls, for example of a benchmark's run. */
export interface AnswerToScore {
  /** Whoever was told to come later is known by it. */
  readonly name: string
  readonly metric: Metric
  readonly answered: AnsweredPrompt
}

export type AnsweredPrompt = Pick<EvaluationInput, 'messages' | 'answer' | 'expectedOutput' | 'finishReason'>

export type AnswerScore =
  | { readonly type: 'scored'; readonly value: number | null; readonly reason: string | null }
  /** The workspace's judges are asked no more often than it says. */
  | { readonly type: 'later'; readonly waitMs: number }

interface Deps {
  readonly judgeCalls: JudgeCalls
  readonly createFence: () => string
}

/**
 * Scores one answer by one metric, and keeps nothing: the score is for whoever asks. A judge whose answer cannot be used,
 * or whom nobody may ask, gives no value but the reason.
 *
 * @throws ModelCallFailed when asking the model again may help
 */
export function createScoreAnswer({ judgeCalls, createFence }: Deps) {
  return async (workspaceId: string, { name, metric, answered }: AnswerToScore): Promise<AnswerScore> => {
    if (needsOf(metric.kind) === 'nothing') {
      const { score, reason } = scoreAnswer(metric, answered)
      return { type: 'scored', value: score, reason }
    }
    const judgement = judgedBy(metric, answered, createFence())
    if (judgement.type === 'unscored') return without(judgement.reason)
    try {
      const outcome = await judgeCalls.ask(workspaceId, name, judgement.calls)
      if (outcome.type === 'later') return outcome
      if (outcome.type === 'skipped') return without(outcome.reason)
      const read = judgement.read(outcome.replies.map(({ body }) => body))
      return read.type === 'read' ? { ...read, type: 'scored' } : without(read.reason)
    } catch (error) {
      if (!(error instanceof ModelCallFailed) || error.isTransient) throw error
      return without(error.message)
    }
  }
}

function without(reason: string): AnswerScore {
  return { type: 'scored', value: null, reason }
}
