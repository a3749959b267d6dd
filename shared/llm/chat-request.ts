/**
 * A chat request as OpenAI's clients write it. Only what Signalbox reads is named here; every other field is kept and
 * passed on as it came.
 */
export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean; readonly [field: string]: unknown } | null
  readonly max_tokens?: number | null
  readonly max_completion_tokens?: number | null
  readonly n?: number | null
  readonly [BEHIND_OPENROUTER]?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

export interface ChatMessage {
  readonly role: string
  readonly content?: unknown
  readonly [field: string]: unknown
}

/**
 * What a request asks of the providers behind OpenRouter, in OpenRouter's own words. A symbol, so that no caller's JSON
 * can hold it and no other provider is sent it.
 */
export const BEHIND_OPENROUTER = Symbol('behindOpenRouter')

/** An embeddings request as OpenAI's clients write it. */
export interface EmbeddingsRequest {
  readonly model: string
  readonly input: string | readonly unknown[]
  readonly [field: string]: unknown
}
