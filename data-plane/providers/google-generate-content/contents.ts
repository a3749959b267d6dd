import type { ChatMessage } from '../../../shared/llm/chat-request.ts'
import { UntranslatableRequest, type ChatCall } from '../provider.ts'
import { asObject, asObjects, asText, isObject, type JsonObject } from '../vendor-json.ts'
import { toMediaPart, toParts } from './media-parts.ts'
import { modelGeneration } from './model-generation.ts'
import { signatureOf, splitDetails } from './thought-signatures.ts'

interface Conversation {
  readonly systemInstruction: JsonObject | undefined
  readonly contents: readonly JsonObject[]
}

/**
 * The conversation in Google's words: two roles, instructions apart, and the results of functions called at once
 * together in one turn.
 *
 * @throws UntranslatableRequest
 */
export function toContents({ request, upstreamModel }: ChatCall): Conversation {
  const system: JsonObject[] = []
  const contents: JsonObject[] = []
  const functions = new FunctionTurns(upstreamModel)
  for (const message of request.messages) {
    if (message.role === 'tool' || message.role === 'function') {
      functions.addResult(message)
      continue
    }
    functions.flushResults(contents)
    if (message.role === 'system' || message.role === 'developer') system.push(...toInstructions(message.content))
    else if (message.role === 'user') contents.push({ role: 'user', parts: toParts(message.content) })
    else if (message.role === 'assistant') addModelTurn(contents, message, functions)
    else throw new UntranslatableRequest(`messages with the role ${message.role} are not supported for this model`)
  }
  functions.flushResults(contents)
  // Google asks for something to answer; instructions alone are what there is.
  if (contents.length === 0) return { systemInstruction: undefined, contents: [{ role: 'user', parts: system }] }
  return { systemInstruction: system.length === 0 ? undefined : { parts: system }, contents }
}

function toInstructions(content: unknown): JsonObject[] {
  const parts = toParts(content)
  if (parts.some((part) => part['text'] === undefined)) {
    throw new UntranslatableRequest('system messages can hold only text for this model')
  }
  return parts
}

/**
 * What the model had said. Its own parts and the signatures of its thoughts go back as they came
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures); the thoughts themselves stay away, which
 * Google only wrote for people.
 */
function addModelTurn(contents: JsonObject[], message: ChatMessage, functions: FunctionTurns): void {
  const { kept, attached, detached } = splitDetails(message['reasoning_details'])
  const texts = toParts(message.content).filter((part) => part['text'] !== '')
  const last = texts.at(-1)
  if (attached !== undefined && last) last['thoughtSignature'] = attached
  else if (attached !== undefined) detached.push(attached)
  const parts = [
    ...kept,
    ...texts,
    ...detached.map((thoughtSignature) => ({ text: '', thoughtSignature })),
    ...asObjects(message['images']).map(toOwnImage),
    ...functions.noteCalls(asObjects(message['tool_calls'])),
  ]
  if (parts.length > 0) contents.push({ role: 'model', parts })
}

function toOwnImage(image: JsonObject): JsonObject {
  const part = toMediaPart(asText(asObject(image['image_url'])['url']), 'image/png')
  return { ...part, thoughtSignature: signatureOf(image) }
}

/** Google's way round its check where a call was made by another model, or its signature was lost on the way. */
const NO_SIGNATURE = 'skip_thought_signature_validator'

/** Knows the calls made so far, whose names Google wants to hear again with their results. */
class FunctionTurns {
  readonly #calls = new Map<string, { name: string; position: number }>()
  /** Google names its calls from the third generation on; before, it refused names in a request. */
  readonly #signed: boolean
  #waiting: { part: JsonObject; position: number }[] = []

  constructor(model: string) {
    this.#signed = modelGeneration(model) >= 3
  }

  /** @returns the calls as parts of the model's turn */
  noteCalls(calls: readonly JsonObject[]): JsonObject[] {
    const unsigned = this.#signed && calls.every((call) => signatureOf(call) === undefined)
    return calls.map((call, position) => {
      const id = asText(call['id'])
      const { name, arguments: text } = asObject(call['function'])
      this.#calls.set(id, { name: asText(name), position })
      // Of calls made at once only the first is signed, so only the first is looked at.
      const signature = unsigned && position === 0 ? NO_SIGNATURE : signatureOf(call)
      return {
        functionCall: { ...this.#idOf(id), name: asText(name), args: toArguments(text) },
        ...(signature === undefined ? {} : { thoughtSignature: signature }),
      }
    })
  }

  addResult(message: ChatMessage): void {
    const id = asText(message['tool_call_id'])
    const known = this.#calls.get(id)
    const name = known?.name ?? asText(message['name'])
    if (name === '') throw new UntranslatableRequest('a tool message answers no tool call of the conversation')
    const parts = toParts(message.content)
    const media = parts.filter((part) => part['text'] === undefined)
    // The result's text to the letter, under the name Google gives to what a function returned.
    const output = parts.map((part) => asText(part['text'])).join('')
    const functionResponse = {
      ...this.#idOf(id),
      name,
      response: { output },
      ...(media.length === 0 ? {} : { parts: media }),
    }
    this.#waiting.push({ part: { functionResponse }, position: known?.position ?? this.#waiting.length })
  }

  /** Results in the order of their calls: without ids, two calls of one function are told apart by nothing else. */
  flushResults(contents: JsonObject[]): void {
    if (this.#waiting.length === 0) return
    const inOrder = this.#waiting.toSorted((one, other) => one.position - other.position)
    contents.push({ role: 'user', parts: inOrder.map(({ part }) => part) })
    this.#waiting = []
  }

  #idOf(id: string): JsonObject {
    return this.#signed && id !== '' ? { id } : {}
  }
}

/** Google's wire carries arguments as an object, so their text is parsed, once; it is never changed otherwise. */
function toArguments(text: unknown): JsonObject {
  if (text === undefined || text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(String(text))
  } catch {
    value = undefined
  }
  if (!isObject(value)) throw new UntranslatableRequest('the arguments of a tool call must be a JSON object')
  return value
}
