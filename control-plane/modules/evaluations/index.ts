// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Redis } from '../../../shared/redis/connect.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createAskModel, type AskModelDeps } from './ask-model.ts'
import { createEvaluationModels } from './evaluations.model.ts'
import { createEvaluationsReadModel } from './evaluations.read-model.ts'
import { EvaluationsResolver } from './evaluations.resolver.ts'
import { createEvaluationsService } from './evaluations.service.ts'
import { createJudgeBudget } from './judge-budget.ts'
import { createJudgeCalls, type JudgePrice } from './judge-calls.ts'
import { createJudgeRate } from './judge-rate.ts'
import type { ScoredCall } from './score-of.ts'

export { EvaluationsResolver }
export { ModelCallFailed } from './ask-model.ts'
export type { EvaluationsReadModel, Metric, MetricScore } from './evaluations.read-model.ts'
export type { EvaluationsService } from './evaluations.service.ts'
export type { JudgePrice } from './judge-calls.ts'
export { needsOf } from './metric-kinds.ts'
export type { Ranking, RankingRequest } from './rank-answers.ts'
export type { AnswerScore, AnswerToScore } from './score-answer.ts'
export type { EvidenceCell, QualityMetric } from './read-evidence.ts'
export { evidenceOf } from './score-evidence.ts'
export type { ScoredCall } from './score-of.ts'

interface Deps {
  readonly connection: Connection
  readonly redis: Redis
  /** Where judges are asked, and with which key. */
  readonly judges: AskModelDeps
  readonly findJudgePrice: (workspaceId: string, model: string) => Promise<JudgePrice | null>
  readonly alertOfJudgeBudget: (workspaceId: string) => Promise<void>
  /** Throws when the workspace has no such A/B test. */
  readonly requireAbTest: (workspaceId: string, abTestId: string) => Promise<void>
  readonly findCall: (workspaceId: string, generationId: string) => Promise<ScoredCall | null>
  /** How long a workspace keeps prompts and answers; null: as long as the record. */
  readonly contentRetentionDays: (workspaceId: string) => Promise<number | null>
  readonly enqueueEvaluation: (workspaceId: string, generationId: string) => Promise<void>
  readonly enqueueJudgement: (workspaceId: string, generationId: string, metricId: string) => Promise<void>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createEvaluationsModule(deps: Deps) {
  const { connection, redis, clock, createId } = deps
  const models = createEvaluationModels(connection)
  const collections = {
    metrics: createWorkspaceCollection(models.metrics),
    scores: createWorkspaceCollection(models.scores),
    inputs: createWorkspaceCollection(models.inputs),
    missed: createWorkspaceCollection(models.missed),
  }
  const judgeBudget = createJudgeBudget({
    settings: createWorkspaceCollection(models.judgeSettings),
    spending: createWorkspaceCollection(models.judgeSpending),
    clock,
  })
  const judgeCalls = createJudgeCalls({
    askModel: createAskModel(deps.judges),
    budget: judgeBudget,
    rate: createJudgeRate(redis),
    findPrice: deps.findJudgePrice,
    alertOfBudget: deps.alertOfJudgeBudget,
  })
  const { requireAbTest, findCall, contentRetentionDays, enqueueEvaluation, enqueueJudgement } = deps
  const service = createEvaluationsService({
    ...collections,
    judgeBudget,
    judgeCalls,
    requireAbTest,
    findCall,
    contentRetentionDays,
    enqueueEvaluation,
    enqueueJudgement,
    clock,
    createId,
  })
  const readModel = createEvaluationsReadModel(collections)
  return { models: Object.values(models), service, readModel, resolver: new EvaluationsResolver(service, readModel) }
}
