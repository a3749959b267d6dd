import type { ProviderFailure, ProviderFailureType } from '../../../shared/llm/provider-failure.ts'
import { readResetTime, readRetryAfterMs, single } from '../../../shared/network/retry-after.ts'
import type { ProviderRefusal } from '../provider.ts'
import { meaningOfStatus } from '../status-meaning.ts'
import { asMessage, asObject, asText, parseLeniently, type JsonObject } from '../vendor-json.ts'

/** What a stream says after its 200, where there is no status to go by: https://platform.claude.com/docs/en/api/errors */
const BY_TYPE = new Map<string, ProviderFailureType>([
  ['invalid_request_error', 'request'],
  ['request_too_large', 'request'],
  ['conflict_error', 'request'],
  ['authentication_error', 'credential'],
  ['billing_error', 'credential'],
  ['permission_error', 'credential'],
  ['not_found_error', 'model'],
  ['rate_limit_error', 'rate-limit'],
])

/** A refusal of the Messages API. */
export function classifyMessagesFailure({ status, headers, body, now }: ProviderRefusal): ProviderFailure {
  const error = readError(parseLeniently(body))
  const type = status === 409 ? 'request' : meaningOfStatus(status)
  const retryAfterMs = readRetryAfterMs(headers, now) ?? (status === 429 ? readResetMs(headers, now) : null)
  return { ...error, type: refine(type, error), retryAfterMs }
}

/** An `error` event inside a stream. */
export function classifyMessagesError(event: JsonObject): ProviderFailure {
  const error = readError(event)
  const type = BY_TYPE.get(asText(asObject(event['error'])['type'])) ?? 'unavailable'
  return { ...error, type: refine(type, error), retryAfterMs: null }
}

interface VendorError {
  readonly message: string
  readonly code: string | null
}

/** The cause's own code where it has one, else the broad type. */
function readError(body: JsonObject): VendorError {
  const { error } = body
  const details = asObject(error)
  const message = typeof error === 'string' ? error : (details['message'] ?? body['message'])
  const code = asText(asObject(details['details'])['error_code']) || asText(details['type'])
  return { message: asMessage(message), code: code === '' ? null : code }
}

/** Spent limits come as 400 and 429 alike, and last until a person raises them. */
const SPENT_CODES = [
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_billing_unavailable',
  'linked_organization_spend_limit_reached',
  'organization_on_hold',
]
const SPENT = ['credit balance is too low', 'reached your specified api usage limits']
const TOO_LONG = ['prompt is too long', 'input is too long', 'exceed context limit', 'exceeds the context window']
const FILTERED = ['blocked by content filtering']

/**
 * The vendor has one type for all that is wrong with a request; only its sentence tells which:
 * https://platform.claude.com/docs/en/build-with-claude/context-windows
 */
function refine(type: ProviderFailureType, { message, code }: VendorError): ProviderFailureType {
  if (type !== 'request' && type !== 'rate-limit') return type
  const sentence = message.toLowerCase()
  const says = (words: readonly string[]): boolean => words.some((word) => sentence.includes(word))
  if (SPENT_CODES.some((spent) => spent === code) || says(SPENT)) return 'credential'
  if (type === 'rate-limit') return type
  if (says(TOO_LONG)) return 'context-length'
  return says(FILTERED) ? 'content-filter' : type
}

/** https://platform.claude.com/docs/en/api/rate-limits#response-headers */
const LIMITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((limit) => [
  `anthropic-ratelimit-${limit}`,
  `anthropic-priority-${limit}`,
])

/** Until the last of the limits that are used up is there again. */
function readResetMs(headers: ProviderRefusal['headers'], now: number): number | null {
  let latest: number | null = null
  for (const limit of LIMITS) {
    const remaining = single(headers[`${limit}-remaining`])
    if (remaining !== '' && remaining !== '0') continue
    const reset = readResetTime(single(headers[`${limit}-reset`]), now)
    if (reset !== null && (latest === null || reset > latest)) latest = reset
  }
  return latest
}
