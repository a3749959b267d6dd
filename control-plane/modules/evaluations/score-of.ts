import type { EvaluationInput, Metric, MetricScore } from './evaluations.read-model.ts'
import type { ScoreEvidence } from './score-evidence.ts'

/** What every score says of its call. */
export interface ScoredCall {
  readonly workspaceId: string
  readonly generationId: string
  readonly abTestId: string
  readonly variantId: string
  readonly unitId: string
  readonly at: number
  readonly evidence: ScoreEvidence | null
}

type Said = Pick<MetricScore, 'value' | 'reason' | 'source' | 'scoredAt'>

/** What a metric says of one call, under the one id that both have. */
export function scoreOf(call: ScoredCall, metric: Pick<Metric, '_id' | 'name'>, said: Said): MetricScore {
  return {
    _id: scoreIdOf(call.generationId, metric._id),
    ...call,
    metricId: metric._id,
    metricName: metric.name,
    ...said,
  }
}

export function scoreIdOf(generationId: string, metricId: string): string {
  return `${generationId}:${metricId}`
}

export function callOf(input: EvaluationInput): ScoredCall {
  const { _id, workspaceId, abTestId, variantId, unitId, at, evidence = null } = input
  return { workspaceId, generationId: _id, abTestId, variantId, unitId, at, evidence }
}
