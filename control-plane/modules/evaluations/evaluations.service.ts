import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createCurrentMetrics } from './current-metrics.ts'
import { createEvaluateGeneration } from './evaluate-generation.ts'
import type { EvaluationInput, Metric, MetricScore, MissedJudgement } from './evaluations.model.ts'
import type { JudgeBudget } from './judge-budget.ts'
import type { JudgeCalls } from './judge-calls.ts'
import { createJudgeGeneration, type JudgementResult, type JudgementTask } from './judge-generation.ts'
import { createKeepInputs } from './keep-inputs.ts'
import { createMetricDefinitions, type MetricDefinitions } from './metric-definitions.ts'
import { createRankAnswers, type Ranking, type RankingRequest } from './rank-answers.ts'
import { createRecordScore, type RecordScore } from './record-score.ts'
import { createRetryJudgement } from './retry-judgement.ts'
import { createScoreAnswer, type AnswerScore, type AnswerToScore } from './score-answer.ts'
import type { ScoredCall } from './score-of.ts'

export interface EvaluationsService {
  readonly metrics: MetricDefinitions
  readonly judgeBudget: JudgeBudget
  readonly recordScore: RecordScore
  /** Keeps what evaluators need of calls, and has them evaluated. */
  followGenerations(generations: readonly Generation[]): Promise<void>
  /** The work of one `evaluate-generation` job. */
  evaluateGeneration(workspaceId: string, generationId: string): Promise<void>
  /** The work of one `judge-generation` job. */
  judgeGeneration(task: JudgementTask): Promise<JudgementResult>
  retryJudgement(workspaceId: string, judgementId: string): Promise<MissedJudgement>
  /** Scores an answer that is no live call's; the score is not kept here. */
  scoreAnswer(workspaceId: string, request: AnswerToScore): Promise<AnswerScore>
  rankAnswers(workspaceId: string, request: RankingRequest): Promise<Ranking>
}

export interface EvaluationCollections {
  readonly metrics: WorkspaceCollection<Metric>
  readonly scores: WorkspaceCollection<MetricScore>
  readonly inputs: WorkspaceCollection<EvaluationInput>
  readonly missed: WorkspaceCollection<MissedJudgement>
}

interface Deps extends EvaluationCollections {
  readonly judgeBudget: JudgeBudget
  readonly judgeCalls: JudgeCalls
  readonly requireAbTest: (workspaceId: string, abTestId: string) => Promise<void>
  readonly findCall: (workspaceId: string, generationId: string) => Promise<ScoredCall | null>
  /** How long a workspace keeps prompts and answers; null: as long as the record. */
  readonly contentRetentionDays: (workspaceId: string) => Promise<number | null>
  readonly enqueueEvaluation: (workspaceId: string, generationId: string) => Promise<void>
  readonly enqueueJudgement: (workspaceId: string, generationId: string, metricId: string) => Promise<void>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createEvaluationsService(deps: Deps): EvaluationsService {
  const withFences = { ...deps, createFence: deps.createId }
  const currentMetrics = createCurrentMetrics(deps.metrics, deps.clock)
  return {
    metrics: createMetricDefinitions(deps),
    judgeBudget: deps.judgeBudget,
    recordScore: createRecordScore(deps),
    followGenerations: createKeepInputs(deps),
    evaluateGeneration: createEvaluateGeneration({ ...deps, currentMetrics }),
    judgeGeneration: createJudgeGeneration(withFences),
    retryJudgement: createRetryJudgement(deps),
    scoreAnswer: createScoreAnswer(withFences),
    rankAnswers: createRankAnswers(withFences),
  }
}
