import { unsupportedEncoding } from '../errors.ts'
import type { RequestContext } from '../request-context.ts'
import { readApiKey } from './accept-request.ts'
import { fault, optionalCount, optionalTexts, type Fields } from './request-fields.ts'

const MOST_MODELS = 32
/** Paths whose answers are paid for whatever their body looks like: what cannot be read there cannot be priced. */
export const BILLABLE_PATHS: ReadonlySet<string> = new Set([
  '/chat/completions',
  '/completions',
  '/embeddings',
  '/responses',
  '/messages',
])

/**
 * Makes the first stage for calls that go on to a provider's API as they came. Only what must be known to meter one is
 * read, of a body that stays as it is: its models, whether it streams, and what bounds the answer. A body that names a
 * model is metered whatever its path: what asks a model costs.
 *
 * @param keyPrefix what keys begin with
 */
export function createAcceptForwarded(keyPrefix: string) {
  /** @throws SignalboxError `unauthenticated` or `invalid_request` */
  return function acceptForwarded(context: RequestContext): string {
    const apiKey = readApiKey(context.headers.authorization, keyPrefix)
    const { scope } = context
    if (scope.type !== 'forwarded') throw new Error('this call is not to be forwarded')
    const { forwarded } = scope
    // A key has no business in an address, and would be sent on with it.
    if (forwarded.path.includes(apiKey)) throw fault('path', 'must not hold the API key')
    const isBillable = forwarded.method === 'POST' && BILLABLE_PATHS.has(pathOf(forwarded.path))
    const body = context.body.length > 0 ? parse(context, isBillable) : null
    forwarded.isMetered = isBillable || (body !== null && ('model' in body || 'models' in body))
    context.request = forwarded.isMetered ? readMeteredRequest(body ?? {}) : {}
    context.asked = body ?? {}
    if (!forwarded.isMetered || !body) return apiKey
    const [first = ''] = modelsOf(body)
    context.requestedModel = first
    context.stream = body['stream'] === true
    return apiKey
  }
}

/** The path alone, as its provider may understand it: decoded, in one case, without slashes that say nothing. */
export function pathOf(target: string): string {
  const [path = ''] = target.split('?', 1)
  const plain = decode(path)
    .toLowerCase()
    .replace(/\/{2,}/g, '/')
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain
}

function decode(path: string): string {
  try {
    const decoded = decodeURIComponent(path)
    return decoded === path ? path : decode(decoded)
  } catch {
    return path
  }
}

/** The models that a request names, the first choice first. */
export function modelsOf({ model, models }: Fields): readonly string[] {
  if (model !== undefined && model !== null && (typeof model !== 'string' || model === '')) {
    throw fault('model', 'must be a non-empty string')
  }
  const others = optionalTexts(models, 'models', MOST_MODELS) ?? []
  return [...new Set(typeof model === 'string' ? [model, ...others] : others)]
}

function parse({ headers, body }: RequestContext, isBillable: boolean): Fields | null {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw unsupportedEncoding({ encoding })
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  } catch {
    // What is no JSON names no model; the provider says what it thinks of it.
  }
  if (isBillable) throw fault('body', 'must be a JSON object')
  return null
}

/** The bounds of an answer, in the words of the chat API, which limits and reservations go by. */
function readMeteredRequest(body: Fields): object {
  for (const field of ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'n', 'best_of']) {
    optionalCount(body, field)
  }
  const count = (field: string): number => (body[field] as number | null | undefined) ?? 1
  const { messages } = body
  const isList = Array.isArray(messages) && messages.every((message) => typeof message === 'object' && message !== null)
  return {
    models: modelsOf(body),
    messages: isList ? messages : [],
    max_tokens: body['max_tokens'] ?? body['max_output_tokens'] ?? null,
    max_completion_tokens: body['max_completion_tokens'] ?? null,
    n: Math.max(count('n'), count('best_of')),
  }
}
