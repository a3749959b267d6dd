import { findCredentialFault, lastFourOf, pickSecrets } from '../../../shared/llm/gateway-credentials.ts'
import { gatewayBaseUrl, type Gateway, type GatewaySettings } from '../../../shared/llm/gateways.ts'
import { findUpstreamUrlFault, type UpstreamPolicy } from '../../../shared/network/upstream-address.ts'
import type { Secrets } from '../../../shared/secrets/read-secrets.ts'
import { checkSecret } from './check-secret.ts'
import { invalidBaseUrl, invalidSecret, invalidSetting } from './credentials.errors.ts'

/** What a credential says beside its secret. Shown; never a secret. */
export interface CredentialSetting {
  readonly name: string
  readonly value: string
}

/** A credential as a user gives it. */
export interface NewCredential {
  readonly name: string
  readonly gateway: Gateway
  /** An API key, or a JSON object of named secrets as text. */
  readonly secret: string | null
  readonly settings: readonly CredentialSetting[]
  readonly baseUrl: string | null
}

/** The same, found to be one the gateway can use. */
export interface CheckedCredential extends NewCredential {
  readonly lastFour: string | null
}

interface CheckOptions {
  readonly policy: UpstreamPolicy
  /** What the user calls the secret. */
  readonly field: string
}

/**
 * Checks a credential whole: the address, each secret, each setting, and that they are what the gateway asks for.
 *
 * @throws SignalboxError naming the part at fault
 */
export function checkCredential(credential: NewCredential, { policy, field }: CheckOptions): CheckedCredential {
  const { gateway } = credential
  const baseUrl = checkBaseUrl(credential, policy)
  const given = readSecretText(credential.secret, field)
  const settings = checkSettings(credential.settings)
  const fault = findCredentialFault(gateway, { secrets: given, settings, policy })
  if (fault?.part === 'setting') throw asSettingError(fault.name ?? '', fault.fault)
  if (fault) {
    throw invalidSecret({ part: fault.name, fault: fault.fault }, { param: nameOf(field, fault.name) })
  }
  const secrets = pickSecrets(gateway, given)
  return {
    ...credential,
    baseUrl,
    secret: writeSecretText(secrets),
    settings: Object.entries(settings).map(([name, value]) => ({ name, value })),
    lastFour: lastFourOf(secrets),
  }
}

function checkBaseUrl({ gateway, baseUrl }: NewCredential, policy: UpstreamPolicy): string | null {
  const fault = baseUrl === null ? null : findUpstreamUrlFault(baseUrl, policy)
  if (fault !== null) throw invalidBaseUrl({ fault }, { param: 'baseUrl' })
  const isHosted = gatewayBaseUrl(gateway, {}) !== null
  if (!isHosted && baseUrl === null) throw invalidBaseUrl({ fault: `is required for ${gateway}` }, { param: 'baseUrl' })
  return baseUrl?.replace(/\/+$/, '') ?? null
}

/** What begins like JSON is meant as such: as a key it would be none, and a vendor would be sent it. */
function readSecretText(text: string | null, field: string): Secrets {
  if (text === null) return {}
  if (!text.trimStart().startsWith('{')) return { apiKey: checkSecret(text, { field, part: null }) }
  const entries = Object.entries(parseObject(text, field)).map(([part, value]): [string, string] => {
    if (typeof value !== 'string') throw invalidSecret({ part, fault: 'is not text' }, { param: nameOf(field, part) })
    return [part, checkSecret(value, { field, part })]
  })
  return Object.fromEntries(entries)
}

function parseObject(text: string, field: string): object {
  try {
    return JSON.parse(text)
  } catch {
    // Without the cause: a parser's error quotes what it could not read.
    throw invalidSecret({ part: null, fault: 'begins like JSON and is not valid JSON' }, { param: field })
  }
}

/** The form that `readSecrets` reads: a lone API key as it is, several secrets as a JSON object. */
function writeSecretText(secrets: Secrets): string | null {
  const { apiKey, ...others } = secrets
  if (Object.keys(others).length > 0) return JSON.stringify(secrets)
  return apiKey ?? null
}

function checkSettings(list: readonly CredentialSetting[]): GatewaySettings {
  const settings = new Map<string, string>()
  for (const { name, value } of list) {
    if (settings.has(name)) throw asSettingError(name, 'is given twice')
    settings.set(name, value.trim())
  }
  return Object.fromEntries(settings)
}

function asSettingError(name: string, fault: string): Error {
  return invalidSetting({ name, fault }, { param: nameOf('settings', name) })
}

function nameOf(field: string, part: string | null): string {
  return part === null ? field : `${field}.${part}`
}
