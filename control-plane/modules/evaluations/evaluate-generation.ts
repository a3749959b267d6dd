import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { REFUSAL_RATE } from '../../../shared/ab-tests/call-metrics.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CurrentMetrics } from './current-metrics.ts'
import type { EvaluationInput, Metric, MetricScore } from './evaluations.read-model.ts'
import { needsExpectedOutput, needsOf, scoreAnswer } from './metric-kinds.ts'
import { isSampled } from './sample-metric.ts'
import { callOf, scoreOf } from './score-of.ts'

interface Deps {
  readonly inputs: WorkspaceCollection<EvaluationInput>
  readonly scores: WorkspaceCollection<MetricScore>
  readonly currentMetrics: CurrentMetrics
  readonly enqueueJudgement: (workspaceId: string, generationId: string, metricId: string) => Promise<void>
  readonly clock: Clock
}

type ScoringMetric = Pick<Metric, '_id' | 'name' | 'kind' | 'settings'>

/** Every test has it. */
const REFUSAL_METRIC: ScoringMetric = { _id: REFUSAL_RATE.id, name: REFUSAL_RATE.id, kind: 'refusal', settings: {} }

/**
 * Scores an answer by every metric of its A/B test that looks at it and needs no model, in one write, and has the others
 * judged. What is scored already stays.
 */
export function createEvaluateGeneration(deps: Deps) {
  const { inputs, scores, currentMetrics, enqueueJudgement, clock } = deps

  return async (workspaceId: string, generationId: string): Promise<void> => {
    const input = await inputs.findOne(workspaceId, { _id: generationId })
    // Its time has passed: there is nothing left to look at.
    if (!input) return
    const metrics = await currentMetrics.of(workspaceId, input)
    const sampled = metrics.filter((metric) => isMeant(metric, input))
    const scored = sampled.filter(({ kind }) => needsOf(kind) === 'nothing').map((metric) => score(metric, input))
    await scores.insertMissing([score(REFUSAL_METRIC, input), ...scored])
    const judged = sampled.filter(({ kind }) => needsOf(kind) === 'judge' || needsOf(kind) === 'embedding')
    for (const metric of judged) await enqueueJudgement(workspaceId, generationId, metric._id)
  }

  function score(metric: ScoringMetric, input: EvaluationInput): MetricScore {
    const { score: value, reason } = scoreAnswer(metric, input)
    return scoreOf(callOf(input), metric, { value, reason, source: 'evaluator', scoredAt: clock.now() })
  }
}

/** Whether a metric looks at an answer: it is among its sample, and it has something to say of it. */
function isMeant({ _id, kind, samplingRate }: Metric, { _id: generationId, expectedOutput }: EvaluationInput): boolean {
  if (expectedOutput === null && needsExpectedOutput(kind)) return false
  return isSampled(generationId, _id, samplingRate)
}
