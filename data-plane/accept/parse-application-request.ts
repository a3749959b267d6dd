import { isRequestField } from '../../shared/ab-tests/generation-parameters.ts'
import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import { parseMessages } from './parse-chat-request.ts'
import { fault, optionalFlag, optionalObject, requireObject, type Fields } from './request-fields.ts'

/** So long a text is no expected answer. */
const LONGEST_EXPECTED_OUTPUT = 100_000

/**
 * Reads a request of the application API: OpenAI's, in which `model` may be left out. Its parameters are checked where
 * the variant is made of them.
 *
 * @param body the parsed JSON
 * @throws SignalboxError `invalid_request` naming the first field that is wrong
 */
export function parseApplicationRequest(body: unknown): ChatRequest {
  const fields = requireObject(body, 'body')
  const { model = null } = fields
  if (model !== null && (typeof model !== 'string' || model === '')) throw fault('model', 'must be a non-empty string')
  return { ...parseCommon(fields), model: model ?? '' }
}

/** Reads a request of the router API, which ignores the model and every parameter of generation: they may be anything. */
export function parseRouterRequest(body: unknown): ChatRequest {
  const fields = requireObject(body, 'body')
  const kept = Object.entries(fields).filter(([field]) => isRequestField(field) || TOOL_FIELDS.has(field))
  return { ...parseCommon(Object.fromEntries(kept)), model: '' }
}

/** Without them the tool calls among the messages could not be understood. */
const TOOL_FIELDS: ReadonlySet<string> = new Set(['tools', 'tool_choice', 'parallel_tool_calls'])

function parseCommon(fields: Fields): ChatRequest {
  parseMessages(fields)
  optionalFlag(fields, 'stream')
  optionalObject(fields, 'stream_options')
  optionalObject(fields, 'metadata')
  const expected = (fields['metadata'] as Fields | null | undefined)?.['expected_output']
  if (expected !== undefined && expected !== null) {
    if (typeof expected !== 'string') throw fault('metadata.expected_output', 'must be a string')
    if (expected.length > LONGEST_EXPECTED_OUTPUT) {
      throw fault('metadata.expected_output', `must have at most ${LONGEST_EXPECTED_OUTPUT} characters`)
    }
  }
  return fields as unknown as ChatRequest
}
