import { BEHIND_OPENROUTER, type ChatRequest } from '../../shared/llm/chat-request.ts'
import { NO_PREFERENCES, NO_ROUTING } from '../../shared/llm/routing-request.ts'
import type { ParsedRequest } from '../request-context.ts'
import { parseChatRequest } from './parse-chat-request.ts'
import { readOpenRouterPreferences } from './parse-openrouter-preferences.ts'
import { readModels } from './parse-routing.ts'
import { fault, requireObject, type Fields } from './request-fields.ts'

/**
 * Reads a request of the credits API: OpenRouter's, with `prompt` in the place of `messages` where the caller likes.
 * `models` and `provider` say how it is routed; every other field is the provider's.
 *
 * @param body the parsed JSON
 * @throws SignalboxError `invalid_request` naming the first field that is wrong
 */
export function parseCreditsRequest(body: unknown): ParsedRequest<ChatRequest> {
  const given = requireObject(body, 'body')
  const fields = withMessages(given)
  const request = parseChatRequest(fields)
  const isRewritten = fields !== given
  const { models, provider } = fields
  const preferences = isGiven(provider) ? readOpenRouterPreferences(requireObject(provider, 'provider')) : null
  return {
    request: preferences ? { ...request, [BEHIND_OPENROUTER]: preferences.behindOpenRouter } : request,
    routing: {
      ...NO_ROUTING,
      // The first of `models` may be the model itself.
      fallbacks: isGiven(models) ? readModels(models, 'models').filter(({ name }) => name !== request.model) : null,
      provider: preferences?.asked ?? NO_PREFERENCES,
    },
    ...(isRewritten && { body: Buffer.from(JSON.stringify(fields)) }),
  }
}

/** A prompt is a message of the user's. */
function withMessages(fields: Fields): Fields {
  const { prompt, ...others } = fields
  if (!isGiven(prompt)) {
    if (!isGiven(fields['messages'])) throw fault('messages', 'or `prompt` is required')
    return 'prompt' in fields ? others : fields
  }
  if (isGiven(fields['messages'])) throw fault('prompt', 'cannot stand beside `messages`: give one of them')
  if (typeof prompt !== 'string' || prompt === '') throw fault('prompt', 'must be a non-empty string')
  return { ...others, messages: [{ role: 'user', content: prompt }] }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}
