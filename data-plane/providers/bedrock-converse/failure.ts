import type { ProviderFailure, ProviderFailureType } from '../../../shared/llm/provider-failure.ts'
import { readRetryAfterMs, single } from '../../../shared/network/retry-after.ts'
import type { ProviderRefusal } from '../provider.ts'
import { meaningOfStatus } from '../status-meaning.ts'
import { asMessage, asText, parseLeniently, type JsonObject } from '../vendor-json.ts'

/** https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html */
const EXCEPTIONS: ReadonlyMap<string, ProviderFailureType> = new Map<string, ProviderFailureType>([
  ['ValidationException', 'request'],
  ['AccessDeniedException', 'credential'],
  ['UnrecognizedClientException', 'credential'],
  ['ExpiredTokenException', 'credential'],
  ['ExpiredToken', 'credential'],
  ['RequestExpired', 'credential'],
  ['InvalidSignatureException', 'credential'],
  ['SignatureDoesNotMatch', 'credential'],
  ['IncompleteSignature', 'credential'],
  ['IncompleteSignatureException', 'credential'],
  ['InvalidClientTokenId', 'credential'],
  ['MissingAuthenticationToken', 'credential'],
  ['MissingAuthenticationTokenException', 'credential'],
  ['NotAuthorized', 'credential'],
  ['OptInRequired', 'credential'],
  ['BadCScoreException', 'model'],
  ['ResourceNotFoundException', 'model'],
  ['FTUFormNotFilled', 'model'],
  ['ThrottlingException', 'rate-limit'],
  ['TooManyRequestsException', 'rate-limit'],
  ['ServiceQuotaExceededException', 'rate-limit'],
  // Comes with 429, but no limit was reached: the model is still being loaded.
  ['ModelNotReadyException', 'unavailable'],
  ['ModelTimeoutException', 'unavailable'],
  ['ModelErrorException', 'unavailable'],
  ['ModelStreamErrorException', 'unavailable'],
  ['ConflictException', 'unavailable'],
  ['InternalServerException', 'unavailable'],
  ['InternalFailure', 'unavailable'],
  ['ServiceUnavailableException', 'unavailable'],
  ['ServiceUnavailable', 'unavailable'],
])

/** What a refusal of Bedrock's means. Its exception is named in a header, or in the body, or nowhere. */
export function classifyBedrockFailure({ status, headers, body, now }: ProviderRefusal): ProviderFailure {
  const said = parseLeniently(body)
  const code = exceptionName(single(headers['x-amzn-errortype']) || asText(said['__type']) || asText(said['code']))
  const type = EXCEPTIONS.get(code) ?? meaningOfStatus(status)
  return { ...describe(type, code, said), retryAfterMs: readRetryAfterMs(headers, now) }
}

/**
 * What an exception means that came as a message of a stream.
 *
 * @param name the exception's, as the stream writes it: with a small letter first
 * @param said the message's payload
 */
export function classifyException(name: string, said: JsonObject): ProviderFailure {
  const code = exceptionName(name)
  return { ...describe(EXCEPTIONS.get(code) ?? 'unavailable', code, said), retryAfterMs: null }
}

function describe(type: ProviderFailureType, code: string, said: JsonObject): Omit<ProviderFailure, 'retryAfterMs'> {
  const message = asMessage(said['message'] ?? said['Message'] ?? said['originalMessage'])
  return { type: refine(type, message), message, code: code === '' ? null : code }
}

const LONGEST_NAME = 100

/** `com.amazon.coral.service#ThrottlingException`, `ThrottlingException:http://…` and `throttlingException` are one. */
function exceptionName(text: string): string {
  const name = text.slice(0, 1_000).replace(/^.*#/, '').replace(/:.*$/, '').trim()
  return (name.slice(0, 1).toUpperCase() + name.slice(1)).slice(0, LONGEST_NAME)
}

/** A ValidationException is said of nearly everything; only its sentence tells what for. */
const TOO_LONG =
  /input is too long|(prompt|input) is too long|too many (input )?tokens\. max|maximum context length|exceeds? (the )?(model's )?(maximum )?context|context (limit|window)|input tokens? (count )?exceed|tokens exceeds? max|too large for model/i
const FILTERED = /content filter/i
const UNKNOWN_MODEL =
  /model identifier is invalid|model id(entifier)? .*(is invalid|not found|isn.t supported|is not supported)|on-demand throughput|don.t have access to the model|model access|end of its life|operation not allowed/i

/** The failure that a sentence tells more precisely than the exception it comes with. */
function refine(type: ProviderFailureType, message: string): ProviderFailureType {
  if (type === 'request' && FILTERED.test(message)) return 'content-filter'
  if (type === 'request' && TOO_LONG.test(message)) return 'context-length'
  if ((type === 'request' || type === 'credential') && UNKNOWN_MODEL.test(message)) return 'model'
  return type
}
