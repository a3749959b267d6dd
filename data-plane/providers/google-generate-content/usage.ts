import { asTokenCount, NO_USAGE, type Usage } from '../../../shared/llm/usage.ts'
import { asObject, asObjects, type JsonObject } from '../vendor-json.ts'

/**
 * Google's count (https://ai.google.dev/api/generate-content#UsageMetadata) in classes that do not overlap. Its prompt
 * includes what a cache served; its candidates leave out the thoughts; what tools fed the model stands beside both.
 * Sound and pictures are told apart in the details of each.
 *
 * @param webSearches what the answer itself says of them
 * @returns null when nothing was counted: a stream says only its kind of traffic until its last chunk
 */
export function readUsage(value: unknown, webSearches: number): Usage | null {
  const metadata = asObject(value)
  if (typeof metadata['promptTokenCount'] !== 'number' && typeof metadata['totalTokenCount'] !== 'number') return null
  const input = readInput(metadata)
  const generated = asTokenCount(metadata['candidatesTokenCount'])
  const sound = Math.min(countOf(metadata['candidatesTokensDetails'], 'AUDIO'), generated)
  const pictures = Math.min(countOf(metadata['candidatesTokensDetails'], 'IMAGE'), generated - sound)
  const reasoningTokens = asTokenCount(metadata['thoughtsTokenCount'])
  return {
    ...NO_USAGE,
    ...input,
    outputTokens: generated - sound - pictures + reasoningTokens,
    reasoningTokens,
    outputAudioTokens: sound,
    outputImageTokens: pictures,
    webSearches,
  }
}

/** Of the prompt's sound and pictures, what the cache served is counted as that. */
function readInput(metadata: JsonObject) {
  const prompt = asTokenCount(metadata['promptTokenCount'])
  const cacheReadTokens = Math.min(asTokenCount(metadata['cachedContentTokenCount']), prompt)
  const toolTokens = asTokenCount(metadata['toolUsePromptTokenCount'])
  const fresh = (modality: string): number =>
    Math.max(
      0,
      countOf(metadata['promptTokensDetails'], modality) - countOf(metadata['cacheTokensDetails'], modality),
    ) + countOf(metadata['toolUsePromptTokensDetails'], modality)
  const uncached = prompt - cacheReadTokens + toolTokens
  const inputAudioTokens = Math.min(fresh('AUDIO'), uncached)
  const inputImageTokens = Math.min(fresh('IMAGE'), uncached - inputAudioTokens)
  return {
    uncachedInputTokens: uncached - inputAudioTokens - inputImageTokens,
    cacheReadTokens,
    inputAudioTokens,
    inputImageTokens,
  }
}

function countOf(details: unknown, modality: string): number {
  let count = 0
  for (const detail of asObjects(details)) {
    if (detail['modality'] === modality) count += asTokenCount(detail['tokenCount'])
  }
  return count
}

/**
 * Searches that Google charges for: each from the third generation on, one a prompt before
 * (https://cloud.google.com/vertex-ai/generative-ai/pricing#grounding).
 */
export function countSearches(candidate: JsonObject, generation: number): number {
  const queries = asObject(candidate['groundingMetadata'])['webSearchQueries']
  if (!Array.isArray(queries)) return 0
  return generation >= 3 ? queries.length : Math.min(1, queries.length)
}
