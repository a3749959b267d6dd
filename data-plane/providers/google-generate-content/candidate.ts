import type { JsonObject } from '../vendor-json.ts'
import { asObject, asObjects, asText } from '../vendor-json.ts'
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
 * @param nameCall the id of a call to which Google gives none, as it did before its third generation
 */
export function readContent(content: unknown, nameCall: (position: number) => string): CandidateContent {
  let text = ''
  let reasoning = ''
  const toolCalls: ToolCall[] = []
  const images: JsonObject[] = []
  const details: JsonObject[] = []
  for (const part of asObjects(asObject(content)['parts'])) {
    if (typeof part['text'] === 'string') {
      if (part['thought'] === true) reasoning += part['text']
      else text += part['text']
      const { thoughtSignature } = part
      const said = part['thought'] === true ? '' : part['text']
      if (typeof thoughtSignature === 'string') details.push(describeSignature(thoughtSignature, said))
    } else if (part['functionCall'] !== undefined) toolCalls.push(readCall(part, nameCall(toolCalls.length)))
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

/** Google's probabilities in OpenAI's form: https://platform.openai.com/docs/api-reference/chat/object */
export function readLogprobs(value: unknown): JsonObject {
  if (value === undefined) return {}
  const { chosenCandidates, topCandidates } = asObject(value)
  const top = asObjects(topCandidates)
  const content = asObjects(chosenCandidates).map((chosen, position) => ({
    ...describeToken(chosen),
    top_logprobs: asObjects(top[position]?.['candidates']).map(describeToken),
  }))
  return { logprobs: { content, refusal: null } }
}

function describeToken({ token, logProbability }: JsonObject): JsonObject {
  return { token: asText(token), logprob: logProbability ?? null, bytes: null }
}

/** When the answer was made, in Unix seconds. */
export function readCreated(createTime: unknown, fallback: number): number {
  const milliseconds = Date.parse(asText(createTime))
  return Number.isNaN(milliseconds) ? fallback : Math.floor(milliseconds / 1_000)
}

/**
 * Searches that Google charges for: each from the third generation on, one a prompt before
 * (https://cloud.google.com/vertex-ai/generative-ai/pricing#grounding).
 */
export function countSearches(candidate: JsonObject, generation: number): number {
  const queries = asObject(candidate['groundingMetadata'])['webSearchQueries']
  if (!Array.isArray(queries)) return 0
  return generation >= 3 ? queries.length : Math.min(1, queries.length)
}
