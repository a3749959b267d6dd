import { UnreadableAnswer } from './provider.ts'

export type JsonObject = Record<string, unknown>

/** @throws UnreadableAnswer when the text is not a JSON object */
export function parseObject(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UnreadableAnswer('the answer is not valid JSON', error)
  }
  if (!isObject(value)) throw new UnreadableAnswer('the answer is not a JSON object')
  return value
}

/** For refusals: whatever a proxy in between made of the body, there is a status to go by. */
export function parseLeniently(bytes: Buffer): JsonObject {
  try {
    return asObject(JSON.parse(bytes.toString('utf8')))
  } catch {
    return {}
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object, or an empty one for anything else: a vendor's oddity must not throw. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The objects of a list; none for anything else. */
export function asObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The text, or the empty one for anything else. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

const LONGEST_MESSAGE = 500

/** A vendor's sentence for the record: shortened, and never empty. */
export function asMessage(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST_MESSAGE) : 'no reason given'
}
