import type { WorkspaceCollection, WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { TaskClass } from '../../../shared/llm/routing-vocabulary.ts'
import type { ScoreRange } from './evaluators/kinds/define-kind.ts'
import { qualityRange, type RangedMetric } from './quality-range.ts'

/** A metric that tells good answers from bad ones. */
export interface QualityMetric {
  readonly id: string
  readonly name: string
  readonly abTestId: string
  readonly direction: 'higher' | 'lower'
  readonly range: ScoreRange
}

/** What one metric said of one model at one class of task on one day: sums over its scores. */
export interface EvidenceCell {
  readonly modelId: string
  readonly taskClass: TaskClass
  /** Days since the epoch, in UTC. */
  readonly day: number
  readonly count: number
  readonly sum: number
  readonly sumOfSquares: number
}

export interface EvidenceRequest {
  readonly metric: QualityMetric
  /** Of calls that began from then on, ms. */
  readonly since: number
  /** Scores that are looked at: the latest. */
  readonly limit: number
}

export interface ReadEvidence {
  /** The metrics in use that measure quality, newest first. */
  qualityMetrics(workspaceId: string, limit: number): Promise<QualityMetric[]>
  /** What routing may learn of live scores. Values outside the metric's range do not count. */
  evidence(workspaceId: string, request: EvidenceRequest): Promise<EvidenceCell[]>
}

interface Deps {
  readonly metrics: Pick<WorkspaceCollection<MetricFacts>, 'find'>
  readonly scores: Pick<WorkspaceCollection<WorkspaceDocument>, 'aggregate'>
}

interface MetricFacts extends WorkspaceDocument, RangedMetric, Pick<QualityMetric, 'name' | 'abTestId' | 'direction'> {}

const DAY_MS = 24 * 3_600_000

export function createReadEvidence({ metrics, scores }: Deps): ReadEvidence {
  return {
    async qualityMetrics(workspaceId, limit) {
      const inUse = await metrics.find(workspaceId, { archivedAt: null }, { sort: { _id: -1 }, limit })
      return inUse.flatMap((metric) => {
        const { _id: id, name, abTestId, direction } = metric
        const range = qualityRange(metric)
        return range === null ? [] : [{ id, name, abTestId, direction, range }]
      })
    },

    async evidence(workspaceId, { metric, since, limit }) {
      const { lowest, highest } = metric.range
      const latest = { metricId: metric.id, at: { $gte: since } }
      // What counts is chosen after the latest are: the index knows nothing of it, and what is read stays bounded.
      const counting = { value: { $gte: lowest, $lte: highest }, 'evidence.modelId': { $type: 'string' } }
      const stages = [{ $sort: { at: -1 } }, { $limit: limit }, { $match: counting }, GROUPED]
      return (await scores.aggregate(workspaceId, latest, stages)).map(toCell)
    },
  }
}

const GROUPED = {
  $group: {
    _id: {
      modelId: '$evidence.modelId',
      taskClass: '$evidence.taskClass',
      day: { $floor: { $divide: ['$at', DAY_MS] } },
    },
    count: { $sum: 1 },
    sum: { $sum: '$value' },
    sumOfSquares: { $sum: { $multiply: ['$value', '$value'] } },
  },
}

function toCell(row: Record<string, unknown>): EvidenceCell {
  const key = row['_id'] as Pick<EvidenceCell, 'modelId' | 'taskClass' | 'day'>
  const [count, sum, sumOfSquares] = [row['count'], row['sum'], row['sumOfSquares']].map(Number)
  return { ...key, count: count ?? 0, sum: sum ?? 0, sumOfSquares: sumOfSquares ?? 0 }
}
