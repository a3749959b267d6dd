import { UnreadableAnswer } from '../provider.ts'
import { asText, type JsonObject } from '../vendor-json.ts'
import { toReasoningDetail } from './reasoning-details.ts'

/** A block of reasoning, as far as it has come. */
interface OpenReasoning {
  text: string
  signature: string
  /** Each part is encoded by itself: the bytes are joined, not their texts. */
  readonly redacted: string[]
}

/** What is kept of one stream stays under this many characters: one without an end must not fill the memory. */
const MOST_KEPT = 8 * 1_048_576
/** What a block or a part costs even when it is empty. */
const COST_OF_BLOCK = 256
const COST_OF_PART = 16

/** Puts together what a caller of a stream has to have whole: reasoning with its signature, and citations. */
export class KeptBlocks {
  readonly #upstreamModel: string
  readonly #reasoning = new Map<number, OpenReasoning>()
  readonly #citations: JsonObject[] = []
  #size = 0

  constructor(upstreamModel: string) {
    this.#upstreamModel = upstreamModel
  }

  /**
   * @param place the block's place in the message
   * @throws UnreadableAnswer when there is too much to keep
   */
  addReasoning(place: number, { text, signature, redactedContent: redacted }: JsonObject): void {
    const block = this.#openReasoning(place)
    this.#count(asText(text).length + asText(signature).length + asText(redacted).length + COST_OF_PART)
    block.text += asText(text)
    block.signature += asText(signature)
    if (typeof redacted === 'string') block.redacted.push(redacted)
  }

  /** @throws UnreadableAnswer when there is too much to keep */
  addCitation(citation: JsonObject): void {
    this.#count(JSON.stringify(citation).length + COST_OF_BLOCK)
    this.#citations.push(citation)
  }

  /** As fields of a delta; none where nothing was kept. */
  describe(): JsonObject {
    const details = [...this.#reasoning].map(([index, block]) =>
      toReasoningDetail(toReasoningContent(block), { index, upstreamModel: this.#upstreamModel }),
    )
    return {
      ...(details.length === 0 ? {} : { reasoning_details: details }),
      ...(this.#citations.length === 0 ? {} : { citations: this.#citations }),
    }
  }

  #openReasoning(place: number): OpenReasoning {
    const known = this.#reasoning.get(place)
    if (known) return known
    this.#count(COST_OF_BLOCK)
    const block = { text: '', signature: '', redacted: [] }
    this.#reasoning.set(place, block)
    return block
  }

  #count(size: number): void {
    this.#size += size
    if (this.#size > MOST_KEPT) throw new UnreadableAnswer('the answer holds more than 8 MiB that is to be kept')
  }
}

/** As a whole answer would hold it. */
function toReasoningContent({ text, signature, redacted }: OpenReasoning): JsonObject {
  const [only = ''] = redacted
  if (redacted.length === 1) return { redactedContent: only }
  if (redacted.length > 1) {
    return { redactedContent: Buffer.concat(redacted.map((part) => Buffer.from(part, 'base64'))).toString('base64') }
  }
  return { reasoningText: { text, ...(signature === '' ? {} : { signature }) } }
}
