import type { EmbeddingsRequest } from '../../shared/llm/chat-request.ts'
import { fault, optionalChoice, optionalCount, requireObject, requireText } from './request-fields.ts'

/** As many as OpenAI takes: https://platform.openai.com/docs/api-reference/embeddings/create#embeddings-create-input */
const MOST_INPUTS = 2_048
const ENCODINGS = ['float', 'base64'] as const

/**
 * Reads an embeddings request.
 *
 * @param body the parsed JSON
 * @throws SignalboxError `invalid_request` naming the first field that is wrong
 */
export function parseEmbeddingsRequest(body: unknown): EmbeddingsRequest {
  const fields = requireObject(body, 'body')
  requireText(fields, 'model')
  requireInput(fields['input'])
  optionalCount(fields, 'dimensions')
  optionalChoice(fields['encoding_format'], 'encoding_format', ENCODINGS)
  return fields as unknown as EmbeddingsRequest
}

/** A text, a list of texts, a list of tokens, or a list of such lists. */
function requireInput(input: unknown): void {
  if (input === undefined || input === null) throw fault('input', 'is required')
  if (typeof input === 'string' && input !== '') return
  if (!Array.isArray(input) || input.length === 0) throw fault('input', 'must be a non-empty string or array')
  if (input.every(isToken)) return
  if (input.length > MOST_INPUTS) throw fault('input', `must hold at most ${MOST_INPUTS} texts`)
  const wrong = input.findIndex((each) => !isText(each) && !isTokens(each))
  if (wrong !== -1) throw fault(`input[${wrong}]`, 'must be a non-empty string or array of tokens')
  if (!input.every(isText) && !input.every(isTokens))
    throw fault('input', 'must hold texts or lists of tokens, not both')
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isTokens(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isToken)
}

function isToken(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
