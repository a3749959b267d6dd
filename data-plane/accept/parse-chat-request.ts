import type { ChatRequest } from '../../shared/llm/chat-request.ts'
import {
  fault,
  optionalArray,
  optionalCount,
  optionalFlag,
  optionalNumber,
  optionalObject,
  requireObject,
  requireText,
  type Fields,
} from './request-fields.ts'

/**
 * Reads a chat request. Only what Signalbox itself relies on, and what its API documents, is checked: a field it does
 * not know is the provider's to judge.
 *
 * @param body the parsed JSON
 * @throws SignalboxError `invalid_request` naming the first field that is wrong
 */
export function parseChatRequest(body: unknown): ChatRequest {
  const fields = requireObject(body, 'body')
  requireText(fields, 'model')
  parseMessages(fields)
  optionalFlag(fields, 'stream')
  optionalNumber(fields, 'temperature', { min: 0, max: 2 })
  optionalNumber(fields, 'top_p', { min: 0, max: 1 })
  optionalCount(fields, 'max_tokens')
  optionalCount(fields, 'max_completion_tokens')
  optionalCount(fields, 'n')
  optionalArray(fields, 'tools')
  optionalResponseFormat(fields['response_format'])
  optionalObject(fields, 'stream_options')
  optionalObject(fields, 'metadata')
  return fields as unknown as ChatRequest
}

/** @throws SignalboxError `invalid_request` where `messages` is not what every chat API asks for */
export function parseMessages(fields: Fields): void {
  const { messages } = fields
  if (messages === undefined || messages === null) throw fault('messages', 'is required')
  if (!Array.isArray(messages) || messages.length === 0) throw fault('messages', 'must be a non-empty array')
  for (const [index, message] of messages.entries()) {
    const name = `messages[${index}]`
    const { role, content } = requireObject(message, name)
    if (typeof role !== 'string' || role === '') throw fault(`${name}.role`, 'must be a non-empty string')
    if (content === undefined || content === null || typeof content === 'string' || Array.isArray(content)) continue
    throw fault(`${name}.content`, 'must be a string or an array of parts')
  }
}

/** What of it decides about candidates; a format of another type is the provider's to judge. */
function optionalResponseFormat(format: unknown): void {
  if (format === undefined || format === null) return
  const { type, json_schema: described } = requireObject(format, 'response_format')
  if (typeof type !== 'string') throw fault('response_format.type', 'must be a string, for example `json_schema`')
  if (type !== 'json_schema') return
  const fields = requireObject(described, 'response_format.json_schema')
  if (typeof fields['name'] !== 'string' || fields['name'] === '') {
    throw fault('response_format.json_schema.name', 'must be a non-empty string')
  }
  requireObject(fields['schema'], 'response_format.json_schema.schema')
  optionalFlag(fields, 'strict', 'response_format.json_schema')
}
