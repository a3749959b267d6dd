import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { ScoreOutcome } from '../../../shared/queues/record-score.queue.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import {
  metricArchived,
  metricNotFound,
  metricNotManual,
  responseNotFound,
  scoreValueInvalid,
} from './evaluations.errors.ts'
import type { EvaluationInput, Metric, MetricScore } from './evaluations.read-model.ts'
import { scoreOf, type ScoredCall } from './score-of.ts'

/** A value that somebody sent for a response: one that counts, and whether another one counted before. */
export interface RecordedScore {
  readonly score: MetricScore
  readonly replaced: boolean
}

export interface CustomScore {
  readonly abTestId: string
  readonly generationId: string
  readonly metricName: string
  readonly value: number
}

export interface RecordScore {
  /** A caller's own score. Again with the same it changes nothing. */
  custom(workspaceId: string, score: CustomScore): Promise<ScoreOutcome>
  /** A person's. @throws what of it is wrong */
  manual(workspaceId: string, score: { generationId: string; metricId: string; value: number }): Promise<RecordedScore>
}

interface Deps {
  readonly metrics: WorkspaceCollection<Metric>
  readonly scores: WorkspaceCollection<MetricScore>
  readonly inputs: WorkspaceCollection<EvaluationInput>
  /** A call of an A/B test, by its id bare or with a prefix; null: there is none in this workspace. */
  readonly findCall: (workspaceId: string, generationId: string) => Promise<ScoredCall | null>
  readonly clock: Clock
}

export function createRecordScore({ metrics, scores, inputs, findCall, clock }: Deps): RecordScore {
  const write = async (score: MetricScore): Promise<RecordedScore> => {
    if ((await scores.insertMissing([score])) === 1) return { score, replaced: false }
    const { value, reason, source, scoredAt } = score
    await scores.update(score.workspaceId, { _id: score._id }, { $set: { value, reason, source, scoredAt } })
    return { score, replaced: true }
  }

  // What was asked is kept longer with the call than for evaluators, or not at all: the one that has it knows the class.
  const withEvidence = async (call: ScoredCall): Promise<ScoredCall> => {
    const input = await inputs.findOne(call.workspaceId, { _id: call.generationId })
    return { ...call, evidence: input?.evidence ?? call.evidence }
  }

  return {
    async custom(workspaceId, { abTestId, generationId, metricName, value }) {
      const inUse = { abTestId, nameKey: metricName, kind: 'custom', archivedAt: null }
      const metric = await metrics.findOne(workspaceId, inUse)
      if (!metric) return { type: 'unknown-metric' }
      const call = await findCall(workspaceId, generationId)
      if (call?.abTestId !== abTestId) return { type: 'response-not-found' }
      const said = { value, reason: null, source: 'custom', scoredAt: clock.now() } as const
      const { replaced } = await write(scoreOf(await withEvidence(call), metric, said))
      return { type: 'recorded', replaced }
    },

    async manual(workspaceId, { generationId, metricId, value }) {
      if (!Number.isFinite(value)) throw scoreValueInvalid({}, { param: 'value' })
      const metric = await metrics.findOne(workspaceId, { _id: metricId })
      if (!metric) throw metricNotFound({}, { param: 'metricId' })
      if (metric.archivedAt !== null) throw metricArchived({}, { param: 'metricId' })
      if (metric.kind !== 'manual' && metric.kind !== 'custom') throw metricNotManual({}, { param: 'metricId' })
      const call = await findCall(workspaceId, generationId)
      if (call?.abTestId !== metric.abTestId) throw responseNotFound({}, { param: 'generationId' })
      const said = { value, reason: null, source: 'manual', scoredAt: clock.now() } as const
      return write(scoreOf(await withEvidence(call), metric, said))
    },
  }
}
