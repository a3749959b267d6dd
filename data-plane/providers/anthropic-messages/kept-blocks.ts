import { asObjects, asText, type JsonObject } from '../vendor-json.ts'
import { textBlock } from './content-parts.ts'

/**
 * An answer is a list of blocks, OpenAI's message a text and a list of calls. What the vendor wants back unchanged, and
 * in its place, goes out beside them, each block with its `index` in the vendor's list:
 *
 * - `reasoning_details`: thinking with its signature, redacted thinking;
 * - `provider_blocks`: what the vendor's own tools did, and, of an answer in several pieces of text or with citations,
 *   how long each piece is and what it cites.
 *
 * A caller who sends the message back as it came sends the vendor its own blocks back as they came:
 * https://platform.claude.com/docs/en/build-with-claude/thinking#preserving-thinking-blocks
 */

/** What is kept of a block: of text its length, for the text itself is the message's. */
export function keepBlock(block: JsonObject): JsonObject {
  if (block['type'] === 'tool_use') return { type: 'tool_use' }
  if (block['type'] !== 'text') return block
  const citations = asObjects(block['citations'])
  const kept = { type: 'text', length: asText(block['text']).length }
  return citations.length === 0 ? kept : { ...kept, citations }
}

/** @param kept every block of the answer, in order */
export function describeKept(kept: readonly JsonObject[]): JsonObject {
  const placed = kept.map((block, index): JsonObject => ({ ...block, index }))
  const reasoning = placed.filter(isOfThinking)
  const texts = placed.filter(isText)
  const isPlain = texts.length < 2 && texts.every((text) => text['citations'] === undefined)
  const others = placed.filter(
    (block) => !isOfThinking(block) && block['type'] !== 'tool_use' && !(isPlain && isText(block)),
  )
  const annotations = describeCitations(texts)
  return {
    ...(reasoning.length === 0 ? {} : { reasoning_details: reasoning }),
    ...(others.length === 0 ? {} : { provider_blocks: others }),
    ...(annotations.length === 0 ? {} : { annotations }),
  }
}

function isOfThinking({ type }: JsonObject): boolean {
  return type === 'thinking' || type === 'redacted_thinking'
}

function isText({ type }: JsonObject): boolean {
  return type === 'text'
}

/** Citations of pages in OpenAI's form: https://platform.openai.com/docs/api-reference/chat/object */
function describeCitations(texts: readonly JsonObject[]): JsonObject[] {
  const annotations: JsonObject[] = []
  let start = 0
  for (const text of texts) {
    const end = start + lengthOf(text)
    for (const citation of asObjects(text['citations'])) {
      const url = asText(citation['url']) || asText(citation['source'])
      if (url === '') continue
      const cited = { url, title: asText(citation['title']), start_index: start, end_index: end }
      annotations.push({ type: 'url_citation', url_citation: cited })
    }
    start = end
  }
  return annotations
}

/**
 * The vendor's list again, of an assistant's message and its calls.
 *
 * @param written the blocks of the message's content
 */
export function restoreBlocks(
  message: JsonObject,
  written: readonly JsonObject[],
  calls: readonly JsonObject[],
): JsonObject[] {
  const reasoning = asObjects(message['reasoning_details']).filter(isAccepted)
  const others = asObjects(message['provider_blocks']).filter(({ type }) => asText(type) !== '')
  const pieces = cutText(message['content'], others.filter(isText))
  const placed = [...reasoning, ...others.filter((block) => !isText(block)), ...(pieces ?? [])]
  placed.sort((one, other) => placeOf(one) - placeOf(other))
  return interleave(placed, [...(pieces ? [] : written), ...calls])
}

/** Another vendor's details mean nothing to this one, and a block without a signature is refused. */
function isAccepted({ type, signature, data }: JsonObject): boolean {
  return type === 'thinking' ? asText(signature) !== '' : type === 'redacted_thinking' && asText(data) !== ''
}

/** The text in the pieces it came in; null where the caller has changed it since. */
function cutText(content: unknown, pieces: readonly JsonObject[]): JsonObject[] | null {
  if (typeof content !== 'string' || pieces.length === 0) return null
  if (pieces.reduce((sum, piece) => sum + lengthOf(piece), 0) !== content.length) return null
  let start = 0
  return pieces.flatMap((piece) => {
    const text = content.slice(start, (start += lengthOf(piece)))
    const { citations, index } = piece
    return textBlock(text, citations === undefined ? { index } : { citations, index })
  })
}

function interleave(placed: readonly JsonObject[], rest: readonly JsonObject[]): JsonObject[] {
  const blocks: JsonObject[] = []
  let nextOfRest = 0
  for (const { index, ...block } of placed) {
    while (nextOfRest < rest.length && blocks.length < placeOf({ index })) blocks.push(rest[nextOfRest++] ?? {})
    blocks.push(block)
  }
  return [...blocks, ...rest.slice(nextOfRest)]
}

/** Without a place of its own a block comes first, where thinking has to be. */
function placeOf({ index }: JsonObject): number {
  return typeof index === 'number' ? index : 0
}

function lengthOf({ length }: JsonObject): number {
  return typeof length === 'number' && Number.isSafeInteger(length) && length >= 0 ? length : 0
}
