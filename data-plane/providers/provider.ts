import type { ChatRequest, EmbeddingsRequest } from '../../shared/llm/chat-request.ts'
import type { Gateway } from '../../shared/llm/gateways.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import type { Usage } from '../../shared/llm/usage.ts'

/**
 * What a gateway's adapter is: four pure functions that translate. It neither routes, sends nor replies, so it can be
 * proved with recorded bytes alone.
 */
export interface Provider {
  readonly gateway: Gateway
  /** Our request in the vendor's words. */
  buildRequest(call: ProviderCall): ProviderRequest
  /**
   * The vendor's whole answer in OpenAI's words.
   *
   * @throws UnreadableAnswer when the bytes are not an answer
   */
  parseAnswer(call: ProviderCall, body: Buffer): ProviderAnswer
  /** One decoder a stream; it keeps the tail of each chunk, for a network chunk is not an event. */
  createStreamDecoder(call: ProviderCall): StreamDecoder
  /** What a refusal means for us. */
  classifyFailure(status: number, body: Buffer): ProviderFailure
}

export type ProviderCall = ChatCall | EmbeddingsCall

interface CallFacts {
  /** The body as the caller sent it: forwarded byte for byte where nothing needs changing. */
  readonly body: Buffer
  readonly upstreamModel: string
  /** The gateway's address up to and including its version, for example `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** Null where the gateway asks for none. */
  readonly secret: string | null
}

export interface ChatCall extends CallFacts {
  readonly kind: 'chat'
  readonly request: ChatRequest
  readonly stream: boolean
}

export interface EmbeddingsCall extends CallFacts {
  readonly kind: 'embedding'
  readonly request: EmbeddingsRequest
  readonly stream: false
}

export interface ProviderRequest {
  readonly url: string
  /** Built anew for each attempt, so that nothing of one provider reaches the next. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | string
}

export interface ProviderAnswer {
  /** OpenAI's answer object; unknown fields of the vendor are kept. */
  readonly body: Record<string, unknown>
  /** Null when the vendor reported none. */
  readonly usage: Usage | null
  readonly finishReason: string | null
}

export interface StreamDecoder {
  /**
   * @returns the events that this chunk completes
   * @throws UnreadableAnswer when what came is not a stream of the vendor's
   */
  decode(chunk: Buffer): StreamEvent[]
}

/**
 * `request`: this request would fail anywhere. `credential`: ours was refused. `rate-limit`: too many calls with this
 * credential. `unavailable`: the vendor failed; another may not.
 */
export interface ProviderFailure {
  readonly type: 'request' | 'credential' | 'rate-limit' | 'unavailable'
  /** The vendor's own sentence, shortened. */
  readonly message: string
}

/** The vendor answered with bytes that its adapter cannot read. */
export class UnreadableAnswer extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'UnreadableAnswer'
  }
}
