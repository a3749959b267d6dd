import type { ProviderFailureType } from '../../shared/llm/provider-failure.ts'
import { openAiCompatible, SIGNALBOX_FIELDS } from './openai-compatible.ts'
import type { VendorError } from './openai-compatible/dialect.ts'
import type { ProviderCall } from './provider.ts'
import { asObjects } from './vendor-json.ts'

/**
 * Helicone, in both its forms. Its AI gateway (https://docs.helicone.ai/gateway/overview), at its own address, takes its
 * key as the bearer. The older proxy (https://docs.helicone.ai/helicone-headers/header-directory), at a credential's base
 * URL such as https://oai.helicone.ai/v1, takes the provider's key as the bearer and its own (secret `heliconeKey`)
 * beside it. Setting `user` and settings `property.<Name>` are what its dashboards tell calls apart by.
 */
export const helicone = openAiCompatible({
  gateway: 'helicone',
  withheldFields: SIGNALBOX_FIELDS,
  addHeaders,
  classifyError,
})

const PROPERTY = 'property.'

function addHeaders(headers: Record<string, string>, { secrets, settings }: ProviderCall): void {
  const { heliconeKey } = secrets
  if (heliconeKey !== undefined) headers['helicone-auth'] = `Bearer ${heliconeKey}`
  if (settings['user'] !== undefined) headers['helicone-user-id'] = settings['user']
  for (const name in settings) {
    const value = settings[name]
    if (value === undefined || !name.startsWith(PROPERTY)) continue
    headers[`helicone-property-${name.slice(PROPERTY.length)}`] = value
  }
}

/** The gateway tells in `details` what each provider it tried answered; without credits it says 429. */
function classifyError({ details }: VendorError): ProviderFailureType | null {
  for (const { type } of asObjects(details['details'])) {
    if (type === 'insufficient_credit_limit') return 'credential'
    if (type === 'disallowed') return 'model'
  }
  return null
}
