import { type Score, scored, unscored } from './score.ts'

/** Numbers of an embedding; the largest in use have 4,096. */
const MOST_DIMENSIONS = 16_384

/**
 * Cosine of two embeddings, rescaled so that unrelated texts have 0: `max(0, (cosine - base) / (1 - base))`, and 1 at most.
 *
 * @param base the cosine of unrelated texts under the same model, measured on random pairs; 0 or more and below 1
 * @returns not judged: embeddings of different or no length, of zeros alone, or with what is no finite number
 */
export function embeddingSimilarity(left: readonly number[], right: readonly number[], base: number): Score {
  if (left.length === 0 || left.length !== right.length) {
    return unscored('The two embeddings have different lengths, or none.')
  }
  if (left.length > MOST_DIMENSIONS) return unscored(`The embeddings have more than ${MOST_DIMENSIONS} numbers.`)
  const [leftUnit, rightUnit] = [toUnitVector(left), toUnitVector(right)]
  if (leftUnit === null || rightUnit === null) {
    return unscored('An embedding is all zeros or holds something other than finite numbers.')
  }
  const cosine = leftUnit.reduce((sum, value, index) => sum + value * (rightUnit[index] ?? 0), 0)
  return scored(Math.min(1, Math.max(0, (cosine - base) / (1 - base))))
}

/** Scaled by the largest number first: squares of very large or small ones leave what a double can hold. */
function toUnitVector(vector: readonly number[]): number[] | null {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (!Number.isFinite(largest) || largest === 0) return null
  const scaled = vector.map((value) => value / largest)
  const length = Math.sqrt(scaled.reduce((sum, value) => sum + value ** 2, 0))
  return scaled.map((value) => value / length)
}
