/**
 * What one call used, in classes that do not overlap, so that each is priced once. Vendors differ: OpenAI's prompt
 * tokens include the cached ones, Anthropic's input tokens do not; adapters normalise. A token of a cache is counted as
 * that, whatever it stands for: text, sound or picture.
 */
export interface Usage {
  /** Prompt tokens that no cache served and none was written from; text, and pictures a vendor does not count apart. */
  readonly uncachedInputTokens: number
  readonly cacheReadTokens: number
  /** Written to a cache for the vendor's usual time: five minutes at Anthropic. */
  readonly cacheWriteTokens: number
  /** Written to a cache for an hour, which Anthropic sells dearer. */
  readonly cacheWrite1hTokens: number
  readonly inputAudioTokens: number
  /** Pictures, where the vendor counts them apart. */
  readonly inputImageTokens: number
  /** Generated tokens, audio and pictures excluded, reasoning included. */
  readonly outputTokens: number
  /** The part of `outputTokens` that was reasoning. */
  readonly reasoningTokens: number
  readonly outputAudioTokens: number
  readonly outputImageTokens: number
  /** Searches the vendor made and charges for by the piece. */
  readonly webSearches: number
  /** True where the vendor's last count did not come: what it had not counted is from the text, by rule of thumb. */
  readonly estimated: boolean
}

export const NO_USAGE: Usage = {
  uncachedInputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  inputAudioTokens: 0,
  inputImageTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  outputAudioTokens: 0,
  outputImageTokens: 0,
  webSearches: 0,
  estimated: false,
}

/** All prompt tokens, as OpenAI counts `prompt_tokens`. */
export function totalInputTokens(usage: Usage): number {
  return (
    usage.uncachedInputTokens +
    usage.cacheReadTokens +
    usage.cacheWriteTokens +
    usage.cacheWrite1hTokens +
    usage.inputAudioTokens +
    usage.inputImageTokens
  )
}

/** All generated tokens, as OpenAI counts `completion_tokens`. */
export function totalOutputTokens(usage: Usage): number {
  return usage.outputTokens + usage.outputAudioTokens + usage.outputImageTokens
}

/** A whole number of tokens out of a vendor's answer; anything else counts as none. */
export function asTokenCount(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}

/**
 * Usage in OpenAI's words, for the callers of a model whose vendor counts otherwise. OpenAI's prompt tokens include the
 * cached ones: https://platform.openai.com/docs/api-reference/chat/object#chat/object-usage
 */
export function toOpenAiUsage(usage: Usage): Record<string, unknown> {
  const promptTokens = totalInputTokens(usage)
  const completionTokens = totalOutputTokens(usage)
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWriteTokens + usage.cacheWrite1hTokens,
      audio_tokens: usage.inputAudioTokens,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.outputAudioTokens,
    },
  }
}
