import { classifyMessagesFailure } from './anthropic-messages/failure.ts'
import { fromMessagesAnswer } from './anthropic-messages/answer.ts'
import { toMessagesRequest } from './anthropic-messages/request.ts'
import { createMessagesStreamDecoder } from './anthropic-messages/stream.ts'
import {
  UntranslatableRequest,
  type ChatCall,
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
  type ProviderRequest,
} from './provider.ts'

/**
 * Anthropic itself, by its Messages API: https://platform.claude.com/docs/en/api/messages/create. What becomes of each
 * of OpenAI's parameters is in anthropic-messages/request.ts, which Claude on Vertex shares.
 *
 * - Secrets: `apiKey`, or `authToken` for a bearer token, which then goes alone: the vendor refuses both together.
 * - Settings: `beta`, the names of the vendor's betas, separated by commas
 *   (https://platform.claude.com/docs/en/api/beta-headers).
 */
export const anthropic: Provider = {
  gateway: 'anthropic',
  buildRequest,
  parseAnswer: (call, body): ProviderAnswer => fromMessagesAnswer(chatOnly(call), body),
  createStreamDecoder: (call) => createMessagesStreamDecoder(chatOnly(call)),
  classifyFailure: classifyMessagesFailure,
}

/** The version that all of its clients name: https://platform.claude.com/docs/en/api/versioning */
const VERSION = '2023-06-01'

function buildRequest(given: ProviderCall): ProviderRequest {
  const call = chatOnly(given)
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: call.stream ? 'text/event-stream' : 'application/json',
    'anthropic-version': VERSION,
    ...credentialHeader(call.secrets),
  }
  const { beta } = call.settings
  if (beta !== undefined && beta !== '') headers['anthropic-beta'] = beta
  const body = { model: call.upstreamModel, ...toMessagesRequest(call), ...(call.stream ? { stream: true } : {}) }
  return { url: `${call.baseUrl}/v1/messages`, headers, body: JSON.stringify(body) }
}

function credentialHeader({ apiKey, authToken }: ProviderCall['secrets']): Record<string, string> {
  if (authToken !== undefined) return { authorization: `Bearer ${authToken}` }
  return apiKey === undefined ? {} : { 'x-api-key': apiKey }
}

/** https://platform.claude.com/docs/en/build-with-claude/embeddings names other vendors for them. */
function chatOnly(call: ProviderCall): ChatCall {
  if (call.kind === 'chat') return call
  throw new UntranslatableRequest('this provider has no embeddings')
}
