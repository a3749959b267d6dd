import { embeddingTraits, priorQuality, type PriorQuality } from '../../../shared/llm/routing-priors.ts'
import {
  isUsable,
  logOdds,
  posteriorQuality,
  type ClassScores,
  type PromptModel,
  type QualityKnowledge,
} from '../../../shared/llm/routing-quality.ts'
import { TASK_CLASSES, type TaskClass } from '../../../shared/llm/routing-vocabulary.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'

/** What is expected of one model, for a snapshot: a number a class, and what a prompt changes about it. */
export interface ModelQuality {
  /** By the place of the class in `TASK_CLASSES`. */
  readonly byClass: Float64Array
  /** The same as log-odds, which a prompt's shift is added to. */
  readonly logOddsByClass: Float64Array
  /** How a prompt's features move it; null: too few scores to say. */
  readonly weights: readonly number[] | null
  /** How many scores of the workspace's own stand behind it. */
  readonly scoreCount: number
  /** Whether anything is known of the model's family. */
  readonly isRated: boolean
}

export interface QualityTable {
  ofChat(model: SnapshotModel): ModelQuality
  ofEmbedding(model: SnapshotModel): ModelQuality
  /** Null: there is none, or it was trained on features that are counted otherwise now. */
  readonly promptModel: PromptModel | null
}

/** Blends what is assumed of each model's family with what the workspace has measured. */
export function createQualityTable(knowledge: QualityKnowledge): QualityTable {
  const scores = indexScores(knowledge)
  const promptModel = isUsable(knowledge.promptModel) ? knowledge.promptModel : null
  const weights = new Map(promptModel?.heads.map((head) => [head.modelId, head.weights]))
  return {
    promptModel,
    ofChat(model) {
      const { id } = model
      const { tier, quality } = priorOf(model)
      const own = scores.get(id) ?? {}
      return describe({
        byClass: TASK_CLASSES.map((taskClass) => posteriorQuality(taskClass, quality, own)),
        weights: weights.get(id) ?? null,
        scoreCount: countScores(own),
        isRated: tier !== null,
      })
    },
    ofEmbedding({ id }) {
      const { quality, shortens } = embeddingTraits(id)
      return describe({
        byClass: TASK_CLASSES.map(() => quality),
        weights: null,
        scoreCount: 0,
        isRated: shortens !== null,
      })
    },
  }
}

/** Models of the catalog are shared by all workspaces; their families are looked up once. */
const priors = new WeakMap<SnapshotModel, PriorQuality>()

function priorOf(model: SnapshotModel): PriorQuality {
  let prior = priors.get(model)
  if (!prior) {
    prior = priorQuality(model.id)
    priors.set(model, prior)
  }
  return prior
}

interface Description extends Pick<ModelQuality, 'weights' | 'scoreCount' | 'isRated'> {
  readonly byClass: readonly number[]
}

function describe({ byClass, ...rest }: Description): ModelQuality {
  return { byClass: Float64Array.from(byClass), logOddsByClass: Float64Array.from(byClass, logOdds), ...rest }
}

function indexScores({ scores }: QualityKnowledge): ReadonlyMap<string, ClassScores> {
  const byModel = new Map<string, Partial<Record<TaskClass, { mean: number; count: number }>>>()
  for (const { modelId, taskClass, mean, count } of scores) {
    if (count === 0) continue
    const known = byModel.get(modelId)
    if (known) known[taskClass] = { mean, count }
    else byModel.set(modelId, { [taskClass]: { mean, count } })
  }
  return byModel
}

function countScores(scores: ClassScores): number {
  return TASK_CLASSES.reduce((sum, taskClass) => sum + (scores[taskClass]?.count ?? 0), 0)
}
