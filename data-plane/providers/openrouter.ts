import { BEHIND_OPENROUTER } from '../../shared/llm/chat-request.ts'
import type { ProviderFailureType } from '../../shared/llm/provider-failure.ts'
import { NANODOLLARS_PER_DOLLAR, nanodollars, type Nanodollars } from '../../shared/money/nanodollars.ts'
import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'
import type { VendorError } from './openai-compatible/dialect.ts'
import type { ProviderCall } from './provider.ts'
import { asObject, type JsonObject } from './vendor-json.ts'

/**
 * OpenRouter (https://openrouter.ai/docs/api/reference/overview). It says with every answer what it cost. Fallbacks are
 * ours to try, so that each is priced and recorded: a list of models is kept from it. `usage.include`, once the way to ask for that, is deprecated and has
 * no effect (https://openrouter.ai/docs/cookbook/administration/usage-accounting), so it is not sent.
 */
export const openRouter = openAiCompatible({
  gateway: 'openrouter',
  withheldFields: SIGNALBOX_FIELDS,
  addFields: addPreferences,
  addHeaders,
  readCost,
  readCode: (details) => asObject(details['metadata'])['error_type'],
  classifyError,
})

/**
 * What a caller asks of providers, as far as it is meant for those behind OpenRouter: their data policy, their price and
 * what to sort them by (https://openrouter.ai/docs/guides/routing/provider-selection). Which gateways may serve
 * (`order`, `only`, `ignore`, `allow_fallbacks`) was decided before. The credits API speaks OpenRouter's words itself, and
 * says what of them is meant for it.
 */
function addPreferences(body: JsonObject, request: ProviderCall['request']): void {
  const behind = BEHIND_OPENROUTER in request ? asObject(request[BEHIND_OPENROUTER]) : null
  if (behind) {
    if (Object.keys(behind).length > 0) body['provider'] = behind
    return
  }
  const {
    sort,
    data_collection: dataCollection,
    zero_retention: zeroRetention,
    max_price: price,
  } = asObject(request['provider'])
  const { input_per_m: prompt, output_per_m: completion } = asObject(price)
  const ceiling = given({ prompt, completion })
  const preferences = given({
    sort,
    data_collection: dataCollection,
    zdr: zeroRetention === true ? true : undefined,
    max_price: Object.keys(ceiling).length > 0 ? ceiling : undefined,
  })
  if (Object.keys(preferences).length > 0) body['provider'] = preferences
}

function given(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
}

/** By which OpenRouter's rankings and logs know the application: https://openrouter.ai/docs/app-attribution */
function addHeaders(headers: Record<string, string>, { settings }: ProviderCall): void {
  if (settings['referer'] !== undefined) headers['http-referer'] = settings['referer']
  if (settings['title'] !== undefined) headers['x-title'] = settings['title']
}

/** What a usage of OpenRouter's says that its call cost; null: nothing. A credit is a US dollar. With a key of one's own at the provider, the provider's bill comes on top of the fee. */
export function readCost(usage: JsonObject): Nanodollars | null {
  const fee = asNanodollars(usage['cost'])
  if (fee === null || usage['is_byok'] !== true) return fee
  const billed = asNanodollars(asObject(usage['cost_details'])['upstream_inference_cost'])
  return billed === null ? null : nanodollars(fee + billed)
}

/** No call costs more; it keeps sums exact. */
const MOST_DOLLARS = 1_000_000

/** Moves the decimal point in the digits as they were written: a product with 1e9 could fall on the other side of a half. */
function asNanodollars(dollars: unknown): Nanodollars | null {
  if (typeof dollars !== 'number' || !(dollars >= 0 && dollars <= MOST_DOLLARS)) return null
  const [digits, exponent = '0'] = String(dollars).split('e')
  return nanodollars(Math.round(Number(`${digits}e${Number(exponent) + NANODOLLAR_DIGITS}`)))
}

const NANODOLLAR_DIGITS = Math.log10(NANODOLLARS_PER_DOLLAR)

/** https://openrouter.ai/docs/api/reference/errors-and-debugging#typed-error-codes */
function classifyError({ status, code, details }: VendorError): ProviderFailureType | null {
  const metadata = asObject(details['metadata'])
  const named = ERROR_TYPES.get(code)
  // 403 stands for a key without permission, and for a prompt that moderation or a guardrail stopped: then it says why.
  const isStopped = 'reasons' in metadata || 'patterns' in metadata || 'flagged_input' in metadata
  if ((status === 403 || named === 'credential') && isStopped) return 'content-filter'
  return named ?? null
}

const ERROR_TYPES: ReadonlyMap<string | null, ProviderFailureType> = new Map<string | null, ProviderFailureType>([
  ['context_length_exceeded', 'context-length'],
  ['string_too_long', 'context-length'],
  ['max_tokens_exceeded', 'request'],
  // A cap on what the credits left can pay for.
  ['token_limit_exceeded', 'credential'],
  ['authentication', 'credential'],
  ['permission_denied', 'credential'],
  ['payment_required', 'credential'],
  ['rate_limit_exceeded', 'rate-limit'],
  ['provider_overloaded', 'unavailable'],
  ['provider_unavailable', 'unavailable'],
  ['server', 'unavailable'],
  ['timeout', 'unavailable'],
  ['unmapped', 'unavailable'],
  ['invalid_request', 'request'],
  ['invalid_prompt', 'request'],
  ['not_found', 'model'],
  ['payload_too_large', 'request'],
  ['unprocessable', 'request'],
  ['content_policy_violation', 'content-filter'],
  ['refusal', 'content-filter'],
  ['invalid_image', 'request'],
  ['image_too_large', 'request'],
  ['image_too_small', 'request'],
  ['unsupported_image_format', 'request'],
  ['image_not_found', 'request'],
  ['image_download_failed', 'request'],
])
