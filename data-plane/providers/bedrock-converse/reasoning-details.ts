import { asTokenCount } from '../../../shared/llm/usage.ts'
import { asObjects, asText, isObject, type JsonObject } from '../vendor-json.ts'
import { isClaude } from './model-family.ts'

/**
 * Reasoning as callers keep it: `reasoning_details` of a message hold each block with its signature and its place
 * (`index`), so that a message sent back is the one the model wrote. Models refuse reasoning whose text, signature or
 * place has changed.
 *
 * Claude's are in the words of the Messages API, because its signatures are good at every host:
 * https://platform.claude.com/docs/en/build-with-claude/thinking. Another model's are Converse's own blocks.
 *
 * @param reasoning Converse's `reasoningContent`
 * @param place where the block stands in the message, and the model that wrote it
 */
export function toReasoningDetail(
  reasoning: JsonObject,
  { index, upstreamModel }: { readonly index: number; readonly upstreamModel: string },
): JsonObject {
  const { reasoningText: written, redactedContent: redacted } = reasoning
  if (isClaude(upstreamModel)) {
    if (isObject(written)) return { type: 'thinking', thinking: written['text'], ...signed(written), index }
    const data = typeof redacted === 'string' ? decodeText(redacted) : null
    if (data !== null) return { type: 'redacted_thinking', data, index }
  }
  return { type: 'reasoning_content', reasoningContent: reasoning, index }
}

/** The text of a block of reasoning; empty where it is encrypted. */
export function reasoningTextOf({ reasoningText }: JsonObject): string {
  return isObject(reasoningText) ? asText(reasoningText['text']) : ''
}

/**
 * Puts the blocks of reasoning back between those of a message, each in its place. Reasoning that is neither signed nor
 * encrypted is for the caller alone: models refuse it in a request.
 *
 * @param details `reasoning_details` as they came
 */
export function withReasoning(
  details: unknown,
  blocks: readonly JsonObject[],
  upstreamModel: string,
): readonly JsonObject[] {
  const placed = asObjects(details)
    .map((detail) => ({ index: asTokenCount(detail['index']), block: toBlock(detail, upstreamModel) }))
    .filter(({ block }) => block !== null)
    .sort((one, other) => one.index - other.index)
  const result: JsonObject[] = []
  let next = 0
  for (const { index, block } of placed) {
    while (next < blocks.length && result.length < index) result.push(blocks[next++] ?? {})
    result.push({ reasoningContent: block })
  }
  return [...result, ...blocks.slice(next)]
}

function toBlock(detail: JsonObject, upstreamModel: string): JsonObject | null {
  const { type, thinking: text, data, signature, reasoningContent } = detail
  if (type === 'reasoning_content' && isObject(reasoningContent)) return isKept(reasoningContent)
  if (!isClaude(upstreamModel)) return null
  if (type === 'thinking' && asText(signature) !== '') return { reasoningText: { text: asText(text), signature } }
  if (type === 'redacted_thinking') return { redactedContent: Buffer.from(asText(data), 'utf8').toString('base64') }
  return null
}

function isKept(reasoning: JsonObject): JsonObject | null {
  const { reasoningText: written, redactedContent: redacted } = reasoning
  if (typeof redacted === 'string') return reasoning
  return isObject(written) && asText(written['signature']) !== '' ? reasoning : null
}

function signed({ signature }: JsonObject): JsonObject {
  return typeof signature === 'string' ? { signature } : {}
}

/** Bedrock encodes what Anthropic calls `data` once more; null for bytes that are not such a text. */
function decodeText(base64: string): string | null {
  const text = Buffer.from(base64, 'base64').toString('utf8')
  return Buffer.from(text, 'utf8').toString('base64') === base64 ? text : null
}
