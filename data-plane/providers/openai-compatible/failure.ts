import type { ProviderFailure, ProviderFailureType } from '../../../shared/llm/provider-failure.ts'
import { readRetryAfterMs } from '../../../shared/network/retry-after.ts'
import type { OpenAiDialect, VendorError } from './dialect.ts'
import type { ProviderRefusal } from '../provider.ts'
import { meaningOfStatus } from '../status-meaning.ts'
import { asMessage, asObject, parseLeniently, type JsonObject } from '../vendor-json.ts'
import { readRateLimitResetMs } from './rate-limit-reset.ts'

/** What an answer whose status is not 200 means. */
export function classifyRefusal(refusal: ProviderRefusal, dialect: OpenAiDialect): ProviderFailure {
  const { status, headers, body, now } = refusal
  const error = readVendorError(parseLeniently(body), status, dialect)
  const type = classify(error, dialect)
  const retryAfterMs =
    readRetryAfterMs(headers, now) ?? (type === 'rate-limit' ? readRateLimitResetMs(headers, now) : null)
  return { type, message: error.message, code: error.code ?? error.type, retryAfterMs }
}

/** What an error told inside an answer or a stream means. */
export function classifyEmbeddedError(body: JsonObject, dialect: OpenAiDialect): ProviderFailure {
  const error = readVendorError(body, null, dialect)
  return { type: classify(error, dialect), message: error.message, code: error.code ?? error.type, retryAfterMs: null }
}

function readVendorError(body: JsonObject, status: number | null, { readCode }: OpenAiDialect): VendorError {
  const { error } = body
  const details = asObject(error)
  const code = asCode(details['code'])
  return {
    status: status ?? asStatus(code),
    code: asCode(readCode?.(details)) ?? code,
    type: asCode(details['type']),
    message: asMessage(typeof error === 'string' ? error : (details['message'] ?? body['message'])),
    details,
  }
}

function asCode(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST_CODE) : null
}

const LONGEST_CODE = 100

function asStatus(code: string | null): number | null {
  return code !== null && /^[45]\d\d$/.test(code) ? Number(code) : null
}

/** A cause that is named counts before the status, which is often broader. */
function classify(error: VendorError, dialect: OpenAiDialect): ProviderFailureType {
  const { status, code, type, message } = error
  const named = dialect.classifyError?.(error) ?? CAUSES.get(code) ?? CAUSES.get(type)
  if (named !== undefined) return named
  const asked = status === null ? TYPES.get(type) : meaningOfStatus(status)
  if (asked === 'request' && TOO_LONG.test(message)) return 'context-length'
  return asked ?? 'unavailable'
}

const CAUSES: ReadonlyMap<string | null, ProviderFailureType> = new Map<string | null, ProviderFailureType>([
  ['context_length_exceeded', 'context-length'],
  ['string_above_max_length', 'context-length'],
  ['exceed_context_size_error', 'context-length'],
  ['content_policy_violation', 'content-filter'],
  ['content_filter', 'content-filter'],
  // "Your prompt was flagged as potentially violating our usage policy."
  ['invalid_prompt', 'content-filter'],
  ['model_not_found', 'model'],
  ['invalid_api_key', 'credential'],
  // These come as 429, yet no waiting heals them: somebody has to pay
  // (https://platform.openai.com/docs/guides/error-codes#api-errors).
  ['insufficient_quota', 'credential'],
  ['billing_not_active', 'credential'],
  ['billing_hard_limit_reached', 'credential'],
  ['rate_limit_exceeded', 'rate-limit'],
])

/** In a stream there is no status to go by. */
const TYPES: ReadonlyMap<string | null, ProviderFailureType> = new Map<string | null, ProviderFailureType>([
  ['invalid_request_error', 'request'],
  ['authentication_error', 'credential'],
  ['permission_error', 'credential'],
  ['not_found_error', 'model'],
  ['rate_limit_error', 'rate-limit'],
  ['requests', 'rate-limit'],
  ['tokens', 'rate-limit'],
])

/** Servers and gateways that give no code of their own say it in words: vLLM, Mistral, Anthropic and Gemini behind one. */
const TOO_LONG = /context (length|window|size)|prompt is too long|input token count/i
