import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { priorQuality } from '../../../shared/llm/routing-priors.ts'
import { posteriorQuality, type QualityKnowledge, type QualityScore } from '../../../shared/llm/routing-quality.ts'
import type { LearnedQuality } from './quality-documents.ts'
import type { Finding } from './distil-quality.ts'

export type { LearnedQuality }

/** What routing knows of one model at one class of task. */
export interface KnownQuality extends QualityScore {
  /** What is assumed of the model's family before anything is measured. */
  readonly assumed: number
  /** What routing goes by: both, and what other classes say. */
  readonly expected: number
  readonly findings: readonly Finding[]
}

export interface KnownModels {
  /** Ms; null: scores were never looked at. */
  readonly learnedAt: number | null
  readonly lookedAt: number | null
  /** By model and class. */
  readonly scores: readonly KnownQuality[]
}

export interface RoutingQualityReadModel {
  /** @param modelId null: every model that is measured */
  known(workspaceId: string, modelId: string | null): Promise<KnownModels>
  /** Null: nothing is measured. */
  forSnapshot(workspaceId: string): Promise<QualityKnowledge | null>
}

export function createRoutingQualityReadModel(learned: WorkspaceCollection<LearnedQuality>): RoutingQualityReadModel {
  const find = (workspaceId: string): Promise<LearnedQuality | null> =>
    learned.findOne(workspaceId, { _id: workspaceId })

  return {
    async known(workspaceId, modelId) {
      const found = await find(workspaceId)
      if (!found) return { learnedAt: null, lookedAt: null, scores: [] }
      const { scores } = JSON.parse(found.knowledge) as QualityKnowledge
      const wanted = scores.filter((score) => modelId === null || score.modelId === modelId)
      return { ...found, scores: describeScores(wanted, JSON.parse(found.findings) as Finding[]) }
    },

    async forSnapshot(workspaceId) {
      const found = await find(workspaceId)
      if (!found) return null
      const knowledge = JSON.parse(found.knowledge) as QualityKnowledge
      return knowledge.scores.length === 0 ? null : knowledge
    },
  }
}

function describeScores(scores: readonly QualityScore[], findings: readonly Finding[]): KnownQuality[] {
  const byModel = Map.groupBy(scores, ({ modelId }) => modelId)
  const byPlace = Map.groupBy(findings, placeOf)
  return scores.map((score) => {
    const { modelId, taskClass } = score
    const { quality } = priorQuality(modelId)
    const own = Object.fromEntries((byModel.get(modelId) ?? []).map((each) => [each.taskClass, each]))
    const expected = posteriorQuality(taskClass, quality, own)
    return { ...score, assumed: quality[taskClass], expected, findings: byPlace.get(placeOf(score)) ?? [] }
  })
}

function placeOf({ modelId, taskClass }: Pick<QualityScore, 'modelId' | 'taskClass'>): string {
  return `${taskClass} ${modelId}`
}
