import { asObject, asObjects, type JsonObject } from '../vendor-json.ts'

/**
 * Google signs what a model thought, and wants its signatures back where they were
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures). Those of a function call or a picture
 * travel as `extra_content.google.thought_signature`, as in Google's own OpenAI layer
 * (https://ai.google.dev/gemini-api/docs/openai). Those of text, and parts that OpenAI has no words for, travel in
 * `reasoning_details`.
 */
const FORMAT = 'google-gemini-v1'

/** What goes beside a tool call or a picture; nothing where it is not signed. */
export function extraContent(part: JsonObject): JsonObject {
  const { thoughtSignature } = part
  return typeof thoughtSignature === 'string'
    ? { extra_content: { google: { thought_signature: thoughtSignature } } }
    : {}
}

/** The signature of a tool call or picture that a caller sends back; Vertex' own OpenAI layer writes `vertex`. */
export function signatureOf(item: JsonObject): string | undefined {
  const extra = asObject(item['extra_content'])
  const signature = asObject(extra['google'])['thought_signature'] ?? asObject(extra['vertex'])['thought_signature']
  return typeof signature === 'string' ? signature : undefined
}

/** The signature of a text. A stream's may stand alone, beside an empty one. */
export function describeSignature(signature: string, text: string): JsonObject {
  return { type: 'reasoning.encrypted', format: FORMAT, data: signature, attached: text !== '' }
}

/** A part that OpenAI has no words for: code that was run, its result, sound. */
export function describePart(part: JsonObject): JsonObject {
  return { type: 'google.part', format: FORMAT, part }
}

interface Details {
  readonly kept: JsonObject[]
  /** The signature of the last text. */
  readonly attached: string | undefined
  /** Those that stood alone. */
  readonly detached: string[]
}

/** What `describeSignature` and `describePart` made, sent back by a caller. Another vendor's details are left out. */
export function splitDetails(value: unknown): Details {
  const kept: JsonObject[] = []
  const detached: string[] = []
  let attached: string | undefined
  for (const { format, type, part, data, attached: isAttached } of asObjects(value)) {
    if (format !== FORMAT) continue
    if (type === 'google.part') kept.push(...pickPart(asObject(part)))
    else if (typeof data !== 'string') continue
    else if (isAttached === true) attached = data
    else detached.push(data)
  }
  return { kept, attached, detached }
}

/** Only what a model says: a caller's own part could name a file that is not theirs. */
function pickPart({ executableCode, codeExecutionResult, inlineData, thoughtSignature }: JsonObject): JsonObject[] {
  const data = { executableCode, codeExecutionResult, inlineData }
  return Object.values(data).some((value) => value !== undefined) ? [{ ...data, thoughtSignature }] : []
}
