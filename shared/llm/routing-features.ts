import type { PromptCounts } from './routing-prompt.ts'

/**
 * A prompt as numbers, for the model that tells prompts apart. Few and plain: on prompts of kinds not seen in training
 * such features hold up where the words themselves do not. The order is part of the trained model: a change of it, or
 * of what is counted, is a new `FEATURES_VERSION`, and models of another version are not used.
 */
export const FEATURES_VERSION = 1
export const FEATURE_COUNT = 16

/** Writes the features into `target`, which is given so that the serving path can use one array over and over. */
export function readFeatures(counts: PromptCounts, target: Float64Array): Float64Array {
  const characters = Math.max(1, counts.characters)
  const words = Math.max(1, counts.words)
  const { kinds } = counts
  target[0] = Math.log1p(counts.totalCharacters)
  target[1] = Math.log1p(counts.words)
  target[2] = counts.distinctWords / words
  target[3] = counts.digits / characters
  target[4] = counts.operators / characters
  target[5] = Math.log1p(counts.lines)
  target[6] = counts.wordCharacters / words
  target[7] = Math.min(counts.questions, 4)
  target[8] = Math.min(counts.negations, 8)
  target[9] = Math.log1p(counts.numbers)
  target[10] = kinds.maths > 0 ? 1 : 0
  target[11] = kinds.legal > 0 ? 1 : 0
  target[12] = kinds.medical > 0 ? 1 : 0
  target[13] = Math.min(kinds.language + kinds.programming, 8)
  target[14] = Math.min(kinds.reasoning, 4)
  target[15] = counts.nonAscii / characters
  return target
}
