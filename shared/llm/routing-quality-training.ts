import { FEATURE_COUNT, FEATURES_VERSION, readFeatures } from './routing-features.ts'
import { priorQuality } from './routing-priors.ts'
import type { PromptCounts } from './routing-prompt.ts'
import {
  FARTHEST,
  fromLogOdds,
  logOdds,
  posteriorQuality,
  type ClassScores,
  type PromptModel,
  type QualityKnowledge,
  type QualityScore,
} from './routing-quality.ts'
import type { TaskClass } from './routing-vocabulary.ts'

/** One scored generation, as learning sees it. */
export interface ScoredPrompt {
  readonly modelId: string
  readonly taskClass: TaskClass
  readonly counts: PromptCounts
  /** From 0 to 1. */
  readonly score: number
}

/** What scored generations teach of a workspace's models, in the form a snapshot carries. The same scores teach the same. */
export function learnQuality(scored: readonly ScoredPrompt[]): QualityKnowledge {
  const scores = averageScores(scored)
  const expectations = new Map<string, number>()
  const expected = ({ modelId, taskClass }: ScoredPrompt): number => {
    const key = `${taskClass} ${modelId}`
    let quality = expectations.get(key)
    if (quality === undefined) {
      quality = posteriorQuality(taskClass, priorQuality(modelId).quality, scoresOfModel(scores, modelId))
      expectations.set(key, quality)
    }
    return quality
  }
  const samples = scored.map((each): Sample => ({
    modelId: each.modelId,
    expected: expected(each),
    features: readFeatures(each.counts, new Float64Array(FEATURE_COUNT)),
    score: each.score,
  }))
  return { scores, promptModel: trainPromptModel(samples) }
}

function averageScores(scored: readonly ScoredPrompt[]): QualityScore[] {
  const sums = new Map<string, { modelId: string; taskClass: TaskClass; sum: number; count: number }>()
  for (const { modelId, taskClass, score } of scored) {
    const key = `${taskClass} ${modelId}`
    const known = sums.get(key) ?? { modelId, taskClass, sum: 0, count: 0 }
    known.sum += score
    known.count += 1
    sums.set(key, known)
  }
  return [...sums.values()].map(({ modelId, taskClass, sum, count }) => ({
    modelId,
    taskClass,
    mean: sum / count,
    count,
  }))
}

function scoresOfModel(scores: readonly QualityScore[], modelId: string): ClassScores {
  return Object.fromEntries(scores.filter((each) => each.modelId === modelId).map((each) => [each.taskClass, each]))
}

interface Sample {
  readonly modelId: string
  /** What the model's class of task leads to expect, from 0 to 1: the prompt explains what is left. */
  readonly expected: number
  readonly features: Float64Array
  readonly score: number
}

/** Fewer than this and a model has no head of its own: the class says more. */
const FEWEST_SCORES = 100
/**
 * The ridge. A weight is taken to be normal around nought with a variance of 1/200: one standard deviation of a feature
 * then moves the log-odds by some 0.07. Between 100 and 300 `npm run bench:routing` hardly changes.
 */
const RIDGE = 200
const MOST_STEPS = 20
const SMALLEST_STEP = 1e-6

/**
 * Trains the model that tells prompts apart: one logistic regression a model, on top of what its class leads to expect,
 * with few features and a strong pull towards nought, so that it says little until it has reason to. Newton's method:
 * the same scores in the same order give the same model.
 *
 * @returns null when no model has enough scores
 */
function trainPromptModel(scored: readonly Sample[]): PromptModel | null {
  const byModel = new Map<string, Sample[]>()
  for (const each of scored) {
    const others = byModel.get(each.modelId)
    if (others) others.push(each)
    else byModel.set(each.modelId, [each])
  }
  const trainable = [...byModel].filter(([, own]) => own.length >= FEWEST_SCORES)
  if (trainable.length === 0) return null
  const { means, scales } = measureFeatures(trainable.flatMap(([, own]) => own))
  const heads = trainable.map(([modelId, own]) => ({ modelId, weights: trainHead(own, { means, scales }) }))
  heads.sort((left, right) => (left.modelId < right.modelId ? -1 : 1))
  return { featuresVersion: FEATURES_VERSION, means, scales, heads }
}

interface Scaling {
  readonly means: number[]
  readonly scales: number[]
}

/** A feature that hardly varies is left out by a scale of nought. */
const LEAST_SCALE = 1e-6

function measureFeatures(scored: readonly Sample[]): Scaling {
  const means = zeros(FEATURE_COUNT)
  const squares = zeros(FEATURE_COUNT)
  for (const { features } of scored) {
    for (let index = 0; index < FEATURE_COUNT; index += 1) means[index] = at(means, index) + at(features, index)
  }
  for (let index = 0; index < FEATURE_COUNT; index += 1) means[index] = at(means, index) / scored.length
  for (const { features } of scored) {
    for (let index = 0; index < FEATURE_COUNT; index += 1) {
      squares[index] = at(squares, index) + (at(features, index) - at(means, index)) ** 2
    }
  }
  const scales = squares.map((sum) => {
    const deviation = Math.sqrt(sum / scored.length)
    return deviation < LEAST_SCALE ? 0 : deviation
  })
  return { means, scales }
}

function trainHead(scored: readonly Sample[], scaling: Scaling): number[] {
  const rows = scored.map(({ features }) => standardized(features, scaling))
  const offsets = scored.map(({ expected }) => logOdds(expected))
  const weights = zeros(FEATURE_COUNT)
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const { gradient, curvature } = differentiate({ scored, rows, offsets, weights })
    const move = solvePositive(curvature, gradient)
    let largest = 0
    for (let index = 0; index < FEATURE_COUNT; index += 1) {
      weights[index] = at(weights, index) + at(move, index)
      largest = Math.max(largest, Math.abs(at(move, index)))
    }
    if (largest < SMALLEST_STEP) break
  }
  return weights
}

function standardized(features: Float64Array, { means, scales }: Scaling): number[] {
  return Array.from({ length: FEATURE_COUNT }, (_, index) => {
    const scale = at(scales, index)
    const value = scale === 0 ? 0 : (at(features, index) - at(means, index)) / scale
    return Math.min(FARTHEST, Math.max(-FARTHEST, value))
  })
}

interface Fit {
  readonly scored: readonly Sample[]
  readonly rows: readonly (readonly number[])[]
  readonly offsets: readonly number[]
  readonly weights: readonly number[]
}

/** The slope and the curvature of the penalised log-likelihood at the weights. */
function differentiate({ scored, rows, offsets, weights }: Fit): { gradient: number[]; curvature: number[][] } {
  const gradient = weights.map((weight) => -RIDGE * weight)
  const curvature = weights.map((_, index) => {
    const row = zeros(FEATURE_COUNT)
    row[index] = RIDGE
    return row
  })
  for (const [index, { score }] of scored.entries()) {
    const row = rows[index] ?? []
    const probability = fromLogOdds(at(offsets, index) + dot(row, weights))
    addOuter(curvature, row, probability * (1 - probability))
    for (let feature = 0; feature < FEATURE_COUNT; feature += 1) {
      gradient[feature] = at(gradient, feature) + (score - probability) * at(row, feature)
    }
  }
  return { gradient, curvature }
}

/** Adds `factor × row × rowᵀ` to the lower half, which is all that is used of it. */
function addOuter(matrix: number[][], row: readonly number[], factor: number): void {
  for (let left = 0; left < FEATURE_COUNT; left += 1) {
    const target = matrix[left] ?? []
    const scaled = factor * at(row, left)
    for (let right = 0; right <= left; right += 1) target[right] = at(target, right) + scaled * at(row, right)
  }
}

/** Solves `matrix × x = vector` for a symmetric positive definite matrix, of which the lower half is given: Cholesky. */
function solvePositive(matrix: readonly (readonly number[])[], vector: readonly number[]): number[] {
  const size = vector.length
  const lower: number[][] = []
  for (let row = 0; row < size; row += 1) {
    const current: number[] = []
    for (let column = 0; column <= row; column += 1) {
      const rest = at(matrix[row] ?? [], column) - dot(current, lower[column] ?? current, column)
      current[column] = row === column ? Math.sqrt(rest) : rest / at(lower[column] ?? [], column)
    }
    lower.push(current)
  }
  const forward: number[] = []
  for (let row = 0; row < size; row += 1) {
    const known = lower[row] ?? []
    forward[row] = (at(vector, row) - dot(known, forward, row)) / at(known, row)
  }
  const solution = zeros(size)
  for (let row = size - 1; row >= 0; row -= 1) {
    let rest = at(forward, row)
    for (let below = row + 1; below < size; below += 1) rest -= at(lower[below] ?? [], row) * at(solution, below)
    solution[row] = rest / at(lower[row] ?? [], row)
  }
  return solution
}

function dot(left: readonly number[], right: readonly number[], length = left.length): number {
  let sum = 0
  for (let index = 0; index < length; index += 1) sum += at(left, index) * at(right, index)
  return sum
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0)
}

function at(list: ArrayLike<number>, index: number): number {
  return list[index] ?? 0
}
