import type { EmbeddingsRequest } from '../../shared/llm/chat-request.ts'
import { fault, optionalCount, requireObject, requireText } from './request-fields.ts'

/**
 * Reads an embeddings request.
 *
 * @param body the parsed JSON
 * @throws SignalboxError `invalid_request` naming the first field that is wrong
 */
export function parseEmbeddingsRequest(body: unknown): EmbeddingsRequest {
  const fields = requireObject(body, 'body')
  requireText(fields, 'model')
  const { input } = fields
  if (input === undefined || input === null) throw fault('input', 'is required')
  const usable = typeof input === 'string' ? input !== '' : Array.isArray(input) && input.length > 0
  if (!usable) throw fault('input', 'must be a non-empty string or array')
  optionalCount(fields, 'dimensions')
  return fields as unknown as EmbeddingsRequest
}
