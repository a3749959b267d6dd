import type { TextTarget } from './condition-schema.ts'
import { countTurns, findImage } from './message-texts.ts'
import { readMetadata } from './metadata-path.ts'
import { TargetText } from './target-text.ts'

/** What rules may look at. Messages, metadata and tools are as a stranger sent them: any JSON. */
export interface RoutedRequest {
  readonly messages: unknown
  readonly metadata: unknown
  readonly tools: unknown
  /** The id of the key that asks; null: nobody asks, as in a preview. */
  readonly keyId: string | null
  readonly nowMs: number
  /** What is always to be treated alike: a user, a session; null: none is known. */
  readonly unitId: string | null
}

/**
 * What the rules of a router ask of one request. Each answer is worked out when it is first asked for, and once; nothing
 * here throws, whatever the request is, and nothing in it is changed.
 */
export class RequestFacts {
  readonly keyId: string | null
  readonly nowMs: number
  readonly unitId: string | null
  readonly #request: RoutedRequest
  #any: TargetText | undefined
  #lastUser: TargetText | undefined
  #system: TargetText | undefined
  #hasImage: boolean | undefined
  #turns: number | undefined

  constructor(request: RoutedRequest) {
    this.#request = request
    this.keyId = request.keyId
    this.nowMs = request.nowMs
    this.unitId = request.unitId
  }

  /** The texts of the messages that a leaf reads. */
  text(target: TextTarget): TargetText {
    const { messages } = this.#request
    switch (target) {
      case 'any':
        return (this.#any ??= new TargetText(messages, target))
      case 'last-user':
        return (this.#lastUser ??= new TargetText(messages, target))
      case 'system':
        return (this.#system ??= new TargetText(messages, target))
      default:
        return target satisfies never
    }
  }

  get hasImage(): boolean {
    return (this.#hasImage ??= findImage(this.#request.messages))
  }

  get hasTools(): boolean {
    const { tools } = this.#request
    return Array.isArray(tools) && tools.length > 0
  }

  /** How often the user has spoken. */
  get turns(): number {
    return (this.#turns ??= countTurns(this.#request.messages))
  }

  /** @returns undefined: nothing is there */
  metadata(names: readonly string[]): unknown {
    return readMetadata(this.#request.metadata, names)
  }
}
