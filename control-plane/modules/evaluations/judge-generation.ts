import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { ModelCallFailed } from './ask-model.ts'
import type { EvaluationInput, Metric, MetricScore, MissedJudgement } from './evaluations.read-model.ts'
import type { JudgeCalls, JudgeOutcome } from './judge-calls.ts'
import type { Judgement } from './judge-call.ts'
import { judgedBy } from './metric-kinds.ts'
import { callOf, scoreIdOf, scoreOf } from './score-of.ts'

/** What became of it; the worker comes again when it says `later`. */
export type JudgementResult =
  | { readonly type: 'judged' }
  | { readonly type: 'not-judged' }
  | { readonly type: 'later'; readonly waitMs: number }

export interface JudgementTask {
  readonly workspaceId: string
  readonly generationId: string
  readonly metricId: string
  /** Nobody will try again when this fails: it is recorded as failed then. */
  readonly isLastAttempt: boolean
}

interface Deps {
  readonly inputs: WorkspaceCollection<EvaluationInput>
  readonly metrics: WorkspaceCollection<Metric>
  readonly scores: WorkspaceCollection<MetricScore>
  readonly missed: WorkspaceCollection<MissedJudgement>
  readonly judgeCalls: JudgeCalls
  readonly createFence: () => string
  readonly clock: Clock
}

/**
 * Scores an answer by one metric that asks a model. What is judged is not judged again, and so not paid twice, but for a
 * worker that dies between the answer and the score.
 *
 * @throws ModelCallFailed when asking again may help and it was not the last attempt
 */
export function createJudgeGeneration(deps: Deps) {
  const { inputs, metrics, scores, missed, judgeCalls, createFence, clock } = deps

  return async (task: JudgementTask): Promise<JudgementResult> => {
    const { workspaceId, generationId, metricId } = task
    const [input, metric, score] = await Promise.all([
      inputs.findOne(workspaceId, { _id: generationId }),
      metrics.findOne(workspaceId, { _id: metricId }),
      scores.findOne(workspaceId, { _id: scoreIdOf(generationId, metricId) }),
    ])
    if (!input || !metric?.enabled || score) return { type: 'not-judged' }
    const judgement = judgedBy(metric, input, createFence())
    if (judgement.type === 'unscored') return keep(input, metric, { value: null, reason: judgement.reason })
    try {
      const outcome = await judgeCalls.ask(workspaceId, scoreIdOf(generationId, metricId), judgement.calls)
      return await conclude({ input, metric, judgement, outcome })
    } catch (error) {
      if (!(error instanceof ModelCallFailed)) throw error
      if (error.isTransient && !task.isLastAttempt) throw error
      await miss(input, metric, { state: 'failed', code: error.code, reason: error.message })
      return { type: 'not-judged' }
    }
  }

  async function conclude({ input, metric, judgement, outcome }: Conclusion): Promise<JudgementResult> {
    if (outcome.type === 'later') return outcome
    if (outcome.type === 'skipped') {
      await miss(input, metric, { state: 'skipped', code: outcome.code, reason: outcome.reason })
      return { type: 'not-judged' }
    }
    const read = judgement.read(outcome.replies.map(({ body }) => body))
    if (read.type === 'read') return keep(input, metric, read)
    throw unreadable(read.reason)
  }

  async function keep(
    input: EvaluationInput,
    metric: Metric,
    { value, reason }: { value: number | null; reason: string | null },
  ): Promise<JudgementResult> {
    await scores.insertMissing([
      scoreOf(callOf(input), metric, { value, reason, source: 'judge', scoredAt: clock.now() }),
    ])
    await missed.delete(input.workspaceId, { _id: scoreIdOf(input._id, metric._id) })
    return { type: 'judged' }
  }

  async function miss(
    { _id: generationId, workspaceId, abTestId }: EvaluationInput,
    { _id: metricId, name: metricName }: Metric,
    why: Pick<MissedJudgement, 'state' | 'code' | 'reason'>,
  ): Promise<void> {
    const id = scoreIdOf(generationId, metricId)
    const said = { ...why, at: clock.now() }
    const isNew = await missed.insertMissing([
      { _id: id, workspaceId, generationId, metricId, metricName, abTestId, ...said },
    ])
    if (isNew === 0) await missed.update(workspaceId, { _id: id }, { $set: said })
  }
}

function unreadable(message: string): ModelCallFailed {
  return new ModelCallFailed({ code: 'judge_unreadable', message, isTransient: true, isRefusal: false })
}

interface Conclusion {
  readonly input: EvaluationInput
  readonly metric: Metric
  readonly judgement: Extract<Judgement, { type: 'calls' }>
  readonly outcome: JudgeOutcome
}
