import type { ProviderFailure, ProviderFailureType } from '../../../shared/llm/provider-failure.ts'
import { readRetryAfterMs } from '../../../shared/network/retry-after.ts'
import type { ProviderRefusal } from '../provider.ts'
import { meaningOfStatus } from '../status-meaning.ts'
import { asMessage, asObject, asObjects, asText, type JsonObject } from '../vendor-json.ts'

/** https://cloud.google.com/apis/design/errors#handling_errors: Google's own words, which say more than the status. */
const BY_WORD = new Map<string, ProviderFailureType>([
  ['INVALID_ARGUMENT', 'request'],
  ['OUT_OF_RANGE', 'request'],
  // The project is not set up for what was asked: billing, region, terms. A person must act.
  ['FAILED_PRECONDITION', 'credential'],
  ['UNAUTHENTICATED', 'credential'],
  ['PERMISSION_DENIED', 'credential'],
  ['NOT_FOUND', 'model'],
  ['RESOURCE_EXHAUSTED', 'rate-limit'],
])

/**
 * What a refusal of Google's means. Its body is `{ error }`, and `[{ error }]` where a stream was asked for:
 * https://google.aip.dev/193
 */
export function classifyGoogleFailure({ status, headers, body, now }: ProviderRefusal): ProviderFailure {
  const failure = describeError(readError(body), status)
  return { ...failure, retryAfterMs: readRetryAfterMs(headers, now) ?? failure.retryAfterMs }
}

/** An error told inside an answer that began as if all were well. */
export function readErrorInside(error: unknown): ProviderFailure {
  const { code } = asObject(error)
  return describeError(error, typeof code === 'number' ? code : 500)
}

function readError(body: Buffer): unknown {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    // A page of a proxy's in between: the status says it all.
    return undefined
  }
  return asObject(Array.isArray(value) ? value[0] : value)['error']
}

function describeError(error: unknown, status: number): ProviderFailure {
  const { message, status: word, code, details } = asObject(error)
  const reason = asText(detailOf(details, 'ErrorInfo')['reason'])
  const sentence = asMessage(typeof error === 'string' ? error : message)
  const type = BY_WORD.get(asText(word)) ?? meaningOfStatus(status)
  return {
    type: refine(type, sentence, reason),
    message: sentence,
    code: reason || asText(word) || (typeof code === 'number' ? String(code) : null),
    retryAfterMs: readRetryDelayMs(details),
  }
}

/** `The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).` */
const TOO_LONG = /token count.{0,40}exceeds|exceeds the maximum number of (input )?tokens/i
/** `The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI practices.` */
const FILTERED = /Responsible AI practices|violates? .{0,40}usage guidelines/i
/** `Not found: cache content metadata 8754364356910645200.`: the caller's own name for what they cached. */
const NO_CACHE = /cached? ?content/i

/** Words that mean several things, told apart by Google's sentence or by the reason it gives for machines. */
function refine(type: ProviderFailureType, sentence: string, reason: string): ProviderFailureType {
  if (type === 'request' && reason.startsWith('API_KEY_')) return 'credential'
  if (type === 'request' && TOO_LONG.test(sentence)) return 'context-length'
  if (type === 'request' && FILTERED.test(sentence)) return 'content-filter'
  if (type === 'model' && NO_CACHE.test(sentence)) return 'request'
  return type
}

/** `{ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s" }` */
function readRetryDelayMs(details: unknown): number | null {
  const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(asText(detailOf(details, 'RetryInfo')['retryDelay'])) ?? []
  return seconds === undefined ? null : Math.min(LONGEST_DELAY_MS, Math.ceil(Number(seconds) * 1_000))
}

/** Google's daily quotas ask for hours; a cool-down is looked at again before. */
const LONGEST_DELAY_MS = 3_600_000

function detailOf(details: unknown, name: string): JsonObject {
  return asObjects(details).find((detail) => asText(detail['@type']).endsWith(`google.rpc.${name}`)) ?? {}
}
