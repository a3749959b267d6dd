import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import { summarizeVariants, type ValueSummary } from '../../database/variant-summary.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import {
  DIRECTIONS,
  JUDGEMENT_STATES,
  SCORE_SOURCES,
  type EvaluationInput,
  type JudgeSettings,
  type JudgeSpending,
  type Metric,
  type MetricScore,
  type MissedJudgement,
} from './evaluations.model.ts'
import { createReadEvidence, type ReadEvidence } from './read-evidence.ts'

export { DIRECTIONS, JUDGEMENT_STATES, SCORE_SOURCES }
export type { EvaluationInput, JudgeSettings, JudgeSpending, Metric, MetricScore, MissedJudgement }

export interface ScoreFilter {
  readonly abTestId?: string
  readonly variantId?: string
  readonly metricId?: string
  readonly generationId?: string
  readonly source?: MetricScore['source']
}

export interface JudgementFilter {
  readonly abTestId?: string
  readonly state?: MissedJudgement['state']
}

export interface ScoresRequest {
  readonly workspaceId: string
  readonly abTestId: string
  readonly metricId: string
  /** Of calls that began from `from` up to and without `to`, ms. */
  readonly window: { readonly from: number; readonly to: number }
}

/** The scores of one variant by one metric. */
export interface VariantScores extends ValueSummary {
  readonly variantId: string
}

interface GivenRange {
  readonly scoredFrom: number
  /** Null: none was seen. */
  readonly after: { readonly scoredAt: number; readonly id: string } | null
  readonly limit: number
}

export interface EvaluationsReadModel extends ReadEvidence {
  /** In the order they were made. */
  metrics(workspaceId: string, abTestId: string, options?: { withArchived?: boolean }): Promise<Metric[]>
  /** Those of the latest calls first. */
  scores(workspaceId: string, filter: ScoreFilter, request: PageRequest): Promise<Page<MetricScore>>
  /** The values of one metric, summed up by variant. Answers that cannot be scored are no values. */
  scoresOf(request: ScoresRequest): Promise<VariantScores[]>
  /** Scores of an A/B test in the order in which they were given, from a time on or after one that was seen. */
  scoresGiven(workspaceId: string, abTestId: string, range: GivenRange): Promise<MetricScore[]>
  /** By the ids of calls and of metrics. */
  scoresOfCalls(workspaceId: string, ids: readonly string[], metricIds: readonly string[]): Promise<MetricScore[]>
  missedJudgements(workspaceId: string, filter: JudgementFilter, request: PageRequest): Promise<Page<MissedJudgement>>
}

interface Deps {
  readonly metrics: WorkspaceCollection<Metric>
  readonly scores: WorkspaceCollection<MetricScore>
  readonly missed: WorkspaceCollection<MissedJudgement>
}

export function createEvaluationsReadModel({ metrics, scores, missed }: Deps): EvaluationsReadModel {
  return {
    ...createReadEvidence({ metrics, scores }),

    metrics(workspaceId, abTestId, { withArchived = false } = {}) {
      const conditions = { abTestId, ...(withArchived ? {} : { archivedAt: null }) }
      return metrics.find(workspaceId, conditions, { sort: { _id: 1 } })
    },

    async scores(workspaceId, filter, { first, after }) {
      const conditions = { ...filter, ...before(after) }
      return toPage(await scores.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 }), first)
    },

    async scoresOf({ workspaceId, abTestId, metricId, window: { from, to } }) {
      const conditions = { metricId, abTestId, at: { $gte: from, $lt: to } }
      const summaries = await summarizeVariants((stages) => scores.aggregate(workspaceId, conditions, stages), {
        variantId: '$variantId',
        unitId: '$unitId',
        values: { value: '$value' },
      })
      return summaries.map(({ variantId, values }) => ({ variantId, ...values.value }))
    },

    async scoresGiven(workspaceId, abTestId, { scoredFrom, after, limit }) {
      const later = after && [
        { scoredAt: { $gt: after.scoredAt } },
        { scoredAt: after.scoredAt, _id: { $gt: after.id } },
      ]
      const conditions = { abTestId, scoredAt: { $gte: scoredFrom }, ...(later ? { $or: later } : {}) }
      return scores.find(workspaceId, conditions, { sort: { scoredAt: 1, _id: 1 }, limit })
    },

    async scoresOfCalls(workspaceId, ids, metricIds) {
      // The ids of scores, as `score-of.ts` makes them: it knows what is here, and so cannot be known here.
      const scoreIds = ids.flatMap((id) => metricIds.map((metricId) => `${id}:${metricId}`))
      return scores.find(workspaceId, { _id: { $in: scoreIds } })
    },

    async missedJudgements(workspaceId, filter, { first, after }) {
      const conditions = { ...filter, ...before(after) }
      return toPage(await missed.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 }), first)
    },
  }
}

function before(position: string | null): object {
  return position === null ? {} : { _id: { $lt: position } }
}
