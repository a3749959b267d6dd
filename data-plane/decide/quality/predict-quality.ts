import { FEATURE_COUNT, readFeatures } from '../../../shared/llm/routing-features.ts'
import type { PromptCounts } from '../../../shared/llm/routing-prompt.ts'
import { fromLogOdds, promptShift, standardize, type PromptModel } from '../../../shared/llm/routing-quality.ts'
import type { ModelQuality } from './quality-table.ts'

/** One array for every request: a decision is made in one go, and nothing of it is kept. */
const features = new Float64Array(FEATURE_COUNT)

/**
 * A prompt as the trained model sees it; valid until the next prompt is read.
 *
 * @returns null where nothing was trained, or the prompt is of a kind that training has not seen: then what is known of
 *   the whole class is the best there is
 */
export function readPrompt(counts: PromptCounts | null, promptModel: PromptModel | null): Float64Array | null {
  if (!counts || !promptModel) return null
  readFeatures(counts, features)
  return standardize(features, promptModel) ? features : null
}

/** The share of such prompts that a model is expected to answer well. */
export function predictQuality(quality: ModelQuality, taskIndex: number, prompt: Float64Array | null): number {
  if (prompt === null || quality.weights === null) return quality.byClass[taskIndex] ?? 0
  return fromLogOdds((quality.logOddsByClass[taskIndex] ?? 0) + promptShift(quality.weights, prompt))
}
