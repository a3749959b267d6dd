import { z } from 'zod'
import { FEATURE_COUNT, FEATURES_VERSION } from './routing-features.ts'
import { TASK_CLASSES, type TaskClass } from './routing-vocabulary.ts'

/**
 * What a workspace has measured of its models, as a worker distils it from scored generations and a snapshot carries it:
 * a mean for each model and class of task, and a small model that tells prompts apart. Data planes only evaluate it.
 */

/** As many as 200 models at every class of task: some 100 kB in each process that serves the workspace. */
export const MOST_QUALITY_SCORES = 1_000

const qualityScore = z.object({
  modelId: z.string().min(1).max(200),
  taskClass: z.enum(TASK_CLASSES),
  /** The mean of the scores, from 0 to 1: for pass or fail the share that passed. */
  mean: z.number().min(0).max(1),
  count: z.number().int().nonnegative(),
})

const vector = z.array(z.number()).length(FEATURE_COUNT)

/** A prompt's features are centred and scaled; each model's weights then move its chance of success, in log-odds. */
const promptModel = z.object({
  featuresVersion: z.number().int(),
  means: vector,
  scales: vector,
  heads: z.array(z.object({ modelId: z.string().min(1), weights: vector })),
})

export const qualityKnowledgeSchema = z.object({
  scores: z.array(qualityScore).max(MOST_QUALITY_SCORES),
  /** Null: there are too few scores to tell prompts apart. */
  promptModel: promptModel.nullable(),
})

export type QualityScore = z.infer<typeof qualityScore>
export type PromptModel = z.infer<typeof promptModel>
export type QualityKnowledge = z.infer<typeof qualityKnowledgeSchema>

export const NO_KNOWLEDGE: QualityKnowledge = { scores: [], promptModel: null }

/**
 * So many scores weigh as much as what was assumed beforehand: the kappa of a Beta prior. Ten to twenty is what the
 * replays of public outcome tables were made with.
 */
export const PRIOR_STRENGTH = 15
/** What one class tells of another is worth half of what it tells of itself. */
const TRANSFER = 0.5

export type ClassScores = Readonly<Partial<Record<TaskClass, { readonly mean: number; readonly count: number }>>>

/**
 * The expected quality of a model at a class of task: the mean of the Beta posterior
 * `(kappa × prior + successes) / (kappa + count)`. What the model showed at the other classes moves the prior first: by
 * half of how much it was better or worse there than assumed, shrunken in the same way. A model that disappoints at one
 * thing is not trusted as much at the next.
 *
 * @param prior what is assumed for the class and for the others
 * @param scores the workspace's own; a class without any is left out
 */
export function posteriorQuality(
  taskClass: TaskClass,
  prior: Readonly<Record<TaskClass, number>>,
  scores: ClassScores,
): number {
  let surplus = 0
  let elsewhere = 0
  for (const other of TASK_CLASSES) {
    const measured = scores[other]
    if (other === taskClass || !measured) continue
    surplus += measured.count * (measured.mean - prior[other])
    elsewhere += measured.count
  }
  const moved = asProbability(prior[taskClass] + (TRANSFER * surplus) / (PRIOR_STRENGTH + elsewhere))
  const own = scores[taskClass]
  if (!own) return moved
  return (PRIOR_STRENGTH * moved + own.count * own.mean) / (PRIOR_STRENGTH + own.count)
}

/** Never certain: log-odds of nought and one have no end. */
export function asProbability(value: number): number {
  return Math.min(0.99, Math.max(0.01, value))
}

export function logOdds(probability: number): number {
  const safe = asProbability(probability)
  return Math.log(safe / (1 - safe))
}

export function fromLogOdds(odds: number): number {
  return 1 / (1 + Math.exp(-odds))
}

/** Whether the trained model counts prompts the way this code does. */
export function isUsable(model: PromptModel | null): model is PromptModel {
  return model !== null && model.featuresVersion === FEATURES_VERSION
}

/** A feature further than this from what was usual in training says no more than that it is far. */
export const FARTHEST = 3
/** More such features than this, and the prompt is of a kind that training has not seen. */
const MOST_FAR = 3

/**
 * Centres and scales features in place.
 *
 * @returns whether the prompt is of a kind seen in training; if not, only what holds for the whole class may be used
 */
export function standardize(features: Float64Array, model: PromptModel): boolean {
  let far = 0
  for (let index = 0; index < FEATURE_COUNT; index += 1) {
    const scale = model.scales[index] ?? 0
    // What never varied in training has no weight either.
    const value = scale === 0 ? 0 : ((features[index] ?? 0) - (model.means[index] ?? 0)) / scale
    if (value > FARTHEST || value < -FARTHEST) far += 1
    features[index] = Math.min(FARTHEST, Math.max(-FARTHEST, value))
  }
  return far <= MOST_FAR
}

/** How far a prompt moves a model's log-odds of success. */
export function promptShift(weights: readonly number[], standardized: Float64Array): number {
  let shift = 0
  for (let index = 0; index < FEATURE_COUNT; index += 1) shift += (weights[index] ?? 0) * (standardized[index] ?? 0)
  return shift
}
