import { UnreadableAnswer } from './provider.ts'
import { isObject, type JsonObject } from './vendor-json.ts'

/**
 * The wire carries a tool's arguments as a JSON object, OpenAI's API as text. They are parsed once and written once, and
 * what JavaScript's numbers cannot hold to the letter (`1.0`, `12345678901234567890`) is written as it was read.
 *
 * @throws SyntaxError when the text is not JSON; RangeError when it is nested too deeply
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, keepNumber as Reviver)
}

/**
 * A call's arguments as the object that the wire carries. Text that is none, as a model may well have written it, goes
 * in the wrapping that Anthropic names for it:
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
 */
export function toToolInput(text: string): JsonObject {
  if (text.trim() === '') return {}
  try {
    const input = parseExactly(text)
    if (isObject(input)) return input
  } catch {
    // Not JSON: wrapped below.
  }
  return { INVALID_JSON: text }
}

/**
 * The other way: the arguments of a call as text.
 *
 * @throws UnreadableAnswer when they are nested deeper than can be written
 */
export function writeArguments(input: unknown): string {
  try {
    return JSON.stringify(input ?? {})
  } catch (error) {
    throw new UnreadableAnswer('the answer holds arguments that are nested too deeply', error)
  }
}

type Reviver = (key: string, value: unknown) => unknown

/** Node has both halves of https://github.com/tc39/proposal-json-parse-with-source; the compiler's library not yet. */
const exactJson = JSON as JSON & { rawJSON(text: string): unknown }

function keepNumber(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value
  return exactJson.rawJSON(source)
}
