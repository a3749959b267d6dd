import type { ChatRequest, EmbeddingsRequest } from '../../shared/llm/chat-request.ts'
import type { FinishReason } from '../../shared/llm/finish-reason.ts'
import type { Gateway, GatewaySettings } from '../../shared/llm/gateways.ts'
import type { ProviderFailure } from '../../shared/llm/provider-failure.ts'
import type { StreamEvent } from '../../shared/llm/stream-event.ts'
import type { Usage } from '../../shared/llm/usage.ts'
import type { Nanodollars } from '../../shared/money/nanodollars.ts'

/**
 * What a gateway's adapter is: four pure functions that translate. It neither routes, signs, sends nor replies, so it
 * can be proved with recorded bytes alone.
 */
export interface Provider {
  readonly gateway: Gateway
  /**
   * Our request in the vendor's words.
   *
   * @throws UntranslatableRequest when the vendor has no words for what was asked and leaving it out would change the
   *   meaning
   */
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
  classifyFailure(refusal: ProviderRefusal): ProviderFailure
}

export type ProviderCall = ChatCall | EmbeddingsCall

interface CallFacts {
  /** The body as the caller sent it: forwarded byte for byte where nothing needs changing. */
  readonly body: Buffer
  readonly upstreamModel: string
  /** The gateway's address without a slash at its end, as `gatewayBaseUrl` gives it, or the credential's own. */
  readonly baseUrl: string
  /** A plain API key is `apiKey`; gateways with several secrets name each. Empty where the gateway asks for none. */
  readonly secrets: Readonly<Record<string, string>>
  readonly settings: GatewaySettings
  /** When the call began, in Unix seconds: the `created` of answers whose vendor says no time. */
  readonly created: number
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
  /** Absent where the headers say it all. */
  readonly signing?: RequestSigning
}

/** Proof that takes a clock or another request, which dispatching sees to. */
export type RequestSigning =
  | { readonly type: 'aws-sigv4'; readonly service: string; readonly region: string }
  | { readonly type: 'google-access-token' }

export interface ProviderAnswer {
  /** OpenAI's answer object; unknown fields of the vendor are kept. The relay writes `id` and `model`. */
  readonly body: Record<string, unknown>
  /** Null when the vendor reported none. */
  readonly usage: Usage | null
  readonly finishReason: FinishReason | null
  /** What the vendor says that the call cost, where it says so: then no price list is asked. */
  readonly reportedCost?: Nanodollars
}

export interface StreamDecoder {
  /**
   * Never throws: what is no stream of the vendor's ends in a `stream-error`, and whatever comes after it is dropped.
   *
   * @returns the events that this chunk completes
   */
  decode(chunk: Buffer): StreamEvent[]
}

/** An answer whose status is not 200. */
export interface ProviderRefusal {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** Milliseconds since the epoch, for headers that name a moment. */
  readonly now: number
}

/** The vendor answered with bytes that its adapter cannot read. */
export class UnreadableAnswer extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'UnreadableAnswer'
  }
}

/** The vendor answered as if all were well, and said in the body that it failed. */
export class FailedAnswer extends UnreadableAnswer {
  readonly failure: ProviderFailure

  constructor(failure: ProviderFailure) {
    super(`the answer is an error: ${failure.message}`)
    this.name = 'FailedAnswer'
    this.failure = failure
  }
}

/** The request asks for what this vendor cannot be asked for. The message is for the caller. */
export class UntranslatableRequest extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UntranslatableRequest'
  }
}
