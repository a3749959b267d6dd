import type { Nanodollars } from '../money/nanodollars.ts'
import type { ProviderFailure } from './provider-failure.ts'
import type { Usage } from './usage.ts'

/** A `chat.completion.chunk` as OpenAI's clients read it. Unknown fields are kept. */
export interface ChatChunk {
  id?: string
  model?: string
  choices?: ChatChunkChoice[]
  usage?: unknown
  [field: string]: unknown
}

export interface ChatChunkChoice {
  index?: number
  delta?: { content?: string | null; [field: string]: unknown }
  finish_reason?: string | null
  [field: string]: unknown
}

/**
 * What an adapter's decoder makes of a vendor's stream. The inner form of a delta is OpenAI's chunk and not a neutral
 * one of ours: every surface speaks it, and what a vendor adds to it reaches the caller.
 */
export type StreamEvent =
  /** A chunk for the caller. `hasContent` is true from the first delta that carries text, reasoning or a tool call. */
  | { readonly type: 'chunk-delta'; readonly chunk: ChatChunk; readonly hasContent: boolean }
  /**
   * The vendor's count, normalised, and what it says that the call cost, where it says so. `chunk` is the chunk that
   * brought it, for callers who asked for it. Of several reports the last holds.
   */
  | {
      readonly type: 'usage-report'
      readonly usage: Usage
      readonly chunk: ChatChunk
      readonly reportedCost?: Nanodollars
    }
  /** What the vendor has counted so far. It goes to nobody, and stands for the prompt if the stream is cut. */
  | { readonly type: 'usage-progress'; readonly usage: Usage }
  /** The vendor said inside the stream that it failed, or sent what is no stream of its own. Nothing comes after it. */
  | { readonly type: 'stream-error'; readonly failure: ProviderFailure }
  /** The vendor said that it is finished. */
  | { readonly type: 'stream-end' }
