/**
 * What one call used, in classes that do not overlap, so that each is priced once. Vendors differ: OpenAI's prompt
 * tokens include the cached ones, Anthropic's input tokens do not; adapters normalise.
 */
export interface Usage {
  /** Prompt tokens that no cache served and none was written from; text and image. */
  readonly uncachedInputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly inputAudioTokens: number
  /** Generated tokens, audio excluded, reasoning included. */
  readonly outputTokens: number
  /** The part of `outputTokens` that was reasoning. */
  readonly reasoningTokens: number
  readonly outputAudioTokens: number
  /** True when the vendor reported nothing and this was counted from the text by rule of thumb. */
  readonly estimated: boolean
}

export const NO_USAGE: Usage = {
  uncachedInputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  inputAudioTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  outputAudioTokens: 0,
  estimated: false,
}

/** All prompt tokens, as OpenAI counts `prompt_tokens`. */
export function totalInputTokens(usage: Usage): number {
  return usage.uncachedInputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.inputAudioTokens
}

/** All generated tokens, as OpenAI counts `completion_tokens`. */
export function totalOutputTokens(usage: Usage): number {
  return usage.outputTokens + usage.outputAudioTokens
}
