import type { ProviderFailureType } from '../../shared/llm/provider-failure.ts'
import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'
import type { VendorError } from './openai-compatible/dialect.ts'
import type { ProviderCall } from './provider.ts'

/**
 * Portkey (https://portkey.ai/docs/api-reference/inference-api/headers). Its own key goes into its own header. Which
 * provider it asks, and with whose key, is said in one of these ways:
 *
 * - the model's name: `@provider-slug/model`
 * - setting `provider`: a slug, with the provider's key (secret `providerKey`) as the bearer where Portkey holds none
 * - setting `virtualKey` or `config`: what Portkey keeps under that name
 */
export const portkey = openAiCompatible({
  gateway: 'portkey',
  withheldFields: SIGNALBOX_FIELDS,
  bearer: ({ providerKey }) => providerKey,
  addHeaders,
  classifyError,
})

function addHeaders(headers: Record<string, string>, { secrets, settings }: ProviderCall): void {
  if (secrets['apiKey'] !== undefined) headers['x-portkey-api-key'] = secrets['apiKey']
  if (settings['provider'] !== undefined) headers['x-portkey-provider'] = settings['provider']
  if (settings['virtualKey'] !== undefined) headers['x-portkey-virtual-key'] = settings['virtualKey']
  if (settings['config'] !== undefined) headers['x-portkey-config'] = settings['config']
}

/** Statuses of its own: https://portkey.ai/docs/api-reference/inference-api/error-codes */
const GUARDRAIL_STATUSES = [246, 446]
const BUDGET_EXHAUSTED = 412

function classifyError({ status, type }: VendorError): ProviderFailureType | null {
  if (type === 'hooks_failed' || (status !== null && GUARDRAIL_STATUSES.includes(status))) return 'content-filter'
  return status === BUDGET_EXHAUSTED ? 'credential' : null
}
