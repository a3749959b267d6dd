import { toDollars } from '../../../shared/money/nanodollars.ts'
import type { Metric, MetricScore, MissedJudgement } from './evaluations.read-model.ts'
import type { FailedJudgement, JudgeBudgetType, MetricType, ScoreType } from './evaluations.types.ts'
import type { JudgeBudgetState } from './judge-budget.ts'

export function toMetricType({ _id, nameKey: _nameKey, createdAt, archivedAt, ...fields }: Metric): MetricType {
  return {
    ...fields,
    id: _id,
    createdAt: new Date(createdAt),
    archivedAt: archivedAt === null ? null : new Date(archivedAt),
  }
}

export function toScoreType({ _id, at, scoredAt, ...fields }: MetricScore): ScoreType {
  return { ...fields, id: _id, at: new Date(at), scoredAt: new Date(scoredAt) }
}

export function toFailedJudgement({ _id, at, ...fields }: MissedJudgement): FailedJudgement {
  return { ...fields, id: _id, at: new Date(at) }
}

export function toJudgeBudgetType({ monthly, requestsPerMinute, month, spent }: JudgeBudgetState): JudgeBudgetType {
  return { monthlyUsd: toDollars(monthly), requestsPerMinute, month, spentNanodollars: spent }
}
