import { asTokenCount, NO_USAGE, type Usage } from '../../../shared/llm/usage.ts'
import { asObject } from '../vendor-json.ts'

/**
 * OpenAI's counts (https://platform.openai.com/docs/api-reference/chat/object#chat/object-usage) in classes that do not
 * overlap: its prompt tokens include the cached, the audio and the image ones, its completion tokens the audio and the
 * image ones. OpenRouter counts the searches it made beside them.
 *
 * @returns null when there is no count
 */
export function readUsage(value: unknown): Usage | null {
  const usage = asObject(value)
  if (typeof usage['prompt_tokens'] !== 'number') return null
  const prompt = asObject(usage['prompt_tokens_details'])
  const completion = asObject(usage['completion_tokens_details'])

  // Each class takes from what is left, so that counts which contradict each other never give a negative one.
  let input = asTokenCount(usage['prompt_tokens'])
  const cacheReadTokens = Math.min(asTokenCount(prompt['cached_tokens']), input)
  input -= cacheReadTokens
  const cacheWriteTokens = Math.min(asTokenCount(prompt['cache_write_tokens']), input)
  input -= cacheWriteTokens
  const inputAudioTokens = Math.min(asTokenCount(prompt['audio_tokens']), input)
  input -= inputAudioTokens
  const inputImageTokens = Math.min(asTokenCount(prompt['image_tokens']), input)
  input -= inputImageTokens

  let output = asTokenCount(usage['completion_tokens'])
  const outputAudioTokens = Math.min(asTokenCount(completion['audio_tokens']), output)
  output -= outputAudioTokens
  const outputImageTokens = Math.min(asTokenCount(completion['image_tokens']), output)
  output -= outputImageTokens

  return {
    ...NO_USAGE,
    uncachedInputTokens: input,
    cacheReadTokens,
    cacheWriteTokens,
    inputAudioTokens,
    inputImageTokens,
    outputTokens: output,
    reasoningTokens: Math.min(asTokenCount(completion['reasoning_tokens']), output),
    outputAudioTokens,
    outputImageTokens,
    webSearches: asTokenCount(asObject(usage['server_tool_use'])['web_search_requests']),
  }
}
