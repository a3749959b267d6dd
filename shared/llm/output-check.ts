import { hash } from 'node:crypto'
import { compileSchema } from '../json-schema/compile-schema.ts'
import type { ChatRequest } from './chat-request.ts'

/**
 * What a request's `response_format` promises of an answer's text: a JSON object for `json_object`, a value of the schema
 * for a strict `json_schema`. A schema that is not strict is a wish, and nothing is checked.
 * https://platform.openai.com/docs/guides/structured-outputs
 */
export interface OutputCheck {
  /** What is wrong with a text, without repeating any of it; null: it conforms. */
  faultOf(text: string): string | null
}

/** `unchecked`: there was nothing to hold to the format (a refusal, a tool call, or an answer that was cut short). */
export type OutputVerdict =
  | { readonly type: 'not-asked' }
  | { readonly type: 'conforms' }
  | { readonly type: 'unchecked' }
  | { readonly type: 'violates'; readonly fault: string }

export const NOT_ASKED: OutputVerdict = { type: 'not-asked' }
const CONFORMS: OutputVerdict = { type: 'conforms' }
const UNCHECKED: OutputVerdict = { type: 'unchecked' }

/** One of an answer's choices, whole or put together of a stream's deltas. */
export interface WrittenChoice {
  readonly content: unknown
  readonly refused: boolean
  readonly calledTools: boolean
  readonly finishReason: string | null
}

export interface OutputChecks {
  /**
   * @returns null when the request promises nothing, as most do
   * @throws UnusableSchema when its schema cannot be checked
   */
  of(request: ChatRequest): OutputCheck | null
}

/** Schemas are few and come with every request of their application, so that those compiled last are kept. */
const CHECKS_KEPT = 200

export function createOutputChecks(): OutputChecks {
  const compiled = new Map<string, OutputCheck>()
  return {
    of({ response_format: format }) {
      if (format === undefined || format === null) return null
      const { type, json_schema: described } = format as { type?: unknown; json_schema?: JsonSchemaFormat }
      if (type === 'json_object') return JSON_OBJECT
      if (type !== 'json_schema' || described?.strict !== true) return null
      const name = hash('sha256', JSON.stringify(described.schema), 'base64')
      const check = compiled.get(name) ?? checkBySchema(described.schema)
      compiled.delete(name)
      compiled.set(name, check)
      const oldest = compiled.keys().next()
      if (compiled.size > CHECKS_KEPT && !oldest.done) compiled.delete(oldest.value)
      return check
    },
  }
}

/** Judges all choices of an answer: one that violates decides, then one that could not be checked. */
export function judgeOutput(check: OutputCheck, choices: readonly WrittenChoice[]): OutputVerdict {
  let verdict = choices.length === 0 ? UNCHECKED : CONFORMS
  for (const choice of choices) {
    const judged = judgeChoice(check, choice)
    if (judged.type === 'violates') return judged
    if (judged.type === 'unchecked') verdict = judged
  }
  return verdict
}

/** What ended so is no text that was meant to be whole. */
const NOT_WHOLE: ReadonlySet<string | null> = new Set(['length', 'content_filter', 'tool_calls', 'function_call'])

function judgeChoice(check: OutputCheck, choice: WrittenChoice): OutputVerdict {
  const { content, refused, calledTools, finishReason } = choice
  if (refused || calledTools || NOT_WHOLE.has(finishReason)) return UNCHECKED
  const fault = check.faultOf(writtenText(content))
  return fault === null ? CONFORMS : { type: 'violates', fault }
}

/** The text of a message or a delta. Some vendors write theirs in parts, their thoughts among them. */
export function writtenText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => (part?.type === 'text' && typeof part.text === 'string' ? part.text : '')).join('')
}

interface JsonSchemaFormat {
  readonly strict?: unknown
  readonly schema?: unknown
}

const JSON_OBJECT: OutputCheck = {
  faultOf(text) {
    const parsed = parseJson(text)
    if (!parsed) return NOT_JSON
    const { value } = parsed
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? null
      : 'the answer is not a JSON object'
  },
}

function checkBySchema(schema: unknown): OutputCheck {
  const { violationOf } = compileSchema(schema)
  return {
    faultOf(text) {
      const parsed = parseJson(text)
      return parsed ? violationOf(parsed.value) : NOT_JSON
    },
  }
}

const NOT_JSON = 'the answer is not valid JSON'

/** Null where it is not JSON; the parser's own words would quote it. */
function parseJson(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return null
  }
}
