import { asObject, asObjects, asText, type JsonObject } from '../vendor-json.ts'
import { describePart, describeSignature, extraContent } from './thought-signatures.ts'

/** What one candidate says, in a whole answer or in one chunk of a stream. */
export interface CandidateContent {
  readonly text: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  readonly images: readonly JsonObject[]
  readonly details: readonly JsonObject[]
}

interface ToolCall extends JsonObject {
  readonly id: string
}

/**
 * Reads a candidate's parts (https://ai.google.dev/api/caching#Part).
 *
 * @param idOf the id of a call to which Google gives none, as it did before its third generation
 */
export function readContent(content: unknown, idOf: (position: number) => string): CandidateContent {
  let text = ''
  let reasoning = ''
  const toolCalls: ToolCall[] = []
  const images: JsonObject[] = []
  const details: JsonObject[] = []
  for (const part of asObjects(asObject(content)['parts'])) {
    const { thoughtSignature: signature, ...data } = part
    if (typeof part['text'] === 'string' || Object.keys(data).length === 0) {
      const said = asText(part['text'])
      if (part['thought'] === true) reasoning += said
      else text += said
      if (typeof signature !== 'string') continue
      details.push(describeSignature(signature, part['thought'] === true ? '' : said))
    } else if (part['functionCall'] !== undefined) toolCalls.push(readCall(part, idOf(toolCalls.length)))
    else if (isImage(part)) images.push(readImage(part))
    else details.push(describePart(part))
  }
  return { text, reasoning, toolCalls, images, details }
}

/** Google sends arguments as an object, so their text is ours; it is made once. */
function readCall(part: JsonObject, fallbackId: string): ToolCall {
  const { id, name, args } = asObject(part['functionCall'])
  return {
    id: asText(id) || fallbackId,
    type: 'function',
    function: { name: asText(name), arguments: JSON.stringify(asObject(args)) },
    ...extraContent(part),
  }
}

function isImage(part: JsonObject): boolean {
  return asText(asObject(part['inlineData'])['mimeType']).startsWith('image/')
}

/** As OpenRouter writes pictures that a model made: https://openrouter.ai/docs/features/multimodal/image-generation */
function readImage(part: JsonObject): JsonObject {
  const { mimeType, data } = asObject(part['inlineData'])
  const url = `data:${asText(mimeType)};base64,${asText(data)}`
  return { type: 'image_url', image_url: { url }, ...extraContent(part) }
}

/** The fields that are there, of a message or a delta. */
export function describeContent({ reasoning, toolCalls, images, details }: CandidateContent): JsonObject {
  return {
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(images.length === 0 ? {} : { images }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  }
}

/** Google leaves out a zero. */
export function readIndex({ index }: JsonObject, position: number): number {
  return typeof index === 'number' && Number.isSafeInteger(index) && index >= 0 ? index : position
}

/** An id for a call to which Google gives none: unique over a conversation, for an answer's id is. */
export function nameCall(answerId: string, candidate: number, call: number): string {
  return `call_${answerId}_${candidate}_${call}`
}
