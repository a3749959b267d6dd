import type { IncomingHttpHeaders } from 'node:http'
import type { SignalboxError } from '../../../errors/define-error.ts'
import type { ChatRequest } from '../chat-request.ts'
import type { Answer } from '../compose-answer.ts'
import type { EmbeddedInput, EmbeddingInput } from '../embed.ts'
import type { Part, Reply } from '../reply.ts'

/**
 * One vendor's API: it translates requests into the simulator's own form and puts what the simulated models say on the
 * vendor's wire. It knows nothing of scripts, speed or sockets.
 */
export interface Dialect {
  /** Whether requests to this path are for it. */
  owns(path: string): boolean
  /** Whether the request shows one of these keys, where the vendor looks for it. */
  admits(asked: Asked, keys: ReadonlySet<string>): boolean
  /**
   * What is asked for.
   *
   * @throws SignalboxError when the vendor would refuse the request
   */
  read(asked: Asked): Operation
  readonly faults: Faults
}

/** A request as it came. */
export interface Asked {
  readonly method: string
  readonly path: string
  /** What follows the question mark; empty where there is none. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
  /** Undefined when there was none, or none that can be parsed. */
  readonly body: unknown
}

export type Operation =
  | { readonly type: 'chat'; readonly request: ChatRequest; readonly stream: boolean; readonly wire: ChatWire }
  | {
      readonly type: 'embedding'
      readonly model: string
      readonly inputs: readonly EmbeddingInput[]
      readonly dimensions: number | undefined
      readonly wire: EmbeddingWire
    }
  /** What takes no model, such as a list of them. */
  | { readonly type: 'reply'; readonly reply: Reply }
  /** The same, but a script may play a step for it by its name. */
  | { readonly type: 'errand'; readonly name: string; readonly body: Readonly<Record<string, unknown>> }

/** How a vendor words what goes wrong. */
export interface Faults {
  /** What it sends with a status. */
  forStatus(status: number): Fault
  /** What the simulator refuses, in the vendor's words. */
  from(error: SignalboxError): Fault
  /** What goes wrong on the way; a script may say what, which is put in the vendor's envelope. */
  midway(given: unknown): Fault
}

export interface Fault {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: object
}

/** How a vendor puts the answer to a chat on the wire. */
export interface ChatWire {
  readonly streamHeaders: Readonly<Record<string, string>>
  whole(said: Said): object
  /** In pieces. What tells that the answer is over comes apart, for a script may leave it out. */
  stream(said: Said): { readonly chunks: readonly Part[]; readonly ending: readonly Part[] }
  /** A piece of a stream that says what went wrong. */
  faultPart(fault: Fault): Part
  /** A piece of a stream, or a body, that is no JSON. */
  readonly broken: { readonly part: Part; readonly body: string }
}

/** How a vendor puts embeddings on the wire. */
export interface EmbeddingWire {
  whole(embedded: readonly EmbeddedInput[]): object
  headers?(embedded: readonly EmbeddedInput[]): Readonly<Record<string, string>>
}

/** What is to be put on the wire. */
export interface Said {
  readonly answer: Answer
  readonly envelope: Envelope
  /** Merged into the body, and into each chunk. */
  readonly extra: Readonly<Record<string, unknown>> | undefined
}

/** What every chunk and body of one answer carries. */
export interface Envelope {
  /** Counts answers, and makes ids. */
  readonly number: number
  /** In Unix seconds. */
  readonly created: number
  readonly model: string
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(headers: IncomingHttpHeaders): string {
  const { authorization = '' } = headers
  return authorization.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : ''
}
