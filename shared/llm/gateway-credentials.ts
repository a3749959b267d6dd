import { findUpstreamUrlFault, type UpstreamPolicy } from '../network/upstream-address.ts'
import type { Secrets } from '../secrets/read-secrets.ts'
import type { Gateway, GatewaySettings } from './gateways.ts'

/** What is wrong with a credential: which part of it, and the rest of the sentence that begins with its name. */
export interface CredentialFault {
  readonly part: 'secret' | 'setting'
  /** The named secret or setting at fault; null: the secret as a whole. */
  readonly name: string | null
  readonly fault: string
}

interface CredentialParts {
  readonly secrets: Secrets
  readonly settings: GatewaySettings
  readonly policy: UpstreamPolicy
}

/**
 * Whether these secrets and settings are those of a gateway: every one it needs, none it does not know, each in its
 * form. Settings go into addresses and headers, so their forms leave no room for another host or another header.
 *
 * @returns null when they are, else the first fault
 */
export function findCredentialFault(gateway: Gateway, parts: CredentialParts): CredentialFault | null {
  return findSecretFault(gateway, parts) ?? findSettingFault(gateway, parts)
}

/** The secrets a gateway uses, without what a file of them says beside. */
export function pickSecrets(gateway: Gateway, secrets: Secrets): Secrets {
  const used = RULES[gateway].secretSets.flatMap(namesOf)
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => used.includes(name)))
}

/**
 * Four characters by which people tell credentials apart: the end of the key, or of what a vendor's console shows in
 * its place (an AWS access key's id, the id of a service account's key).
 *
 * @returns null where there is nothing to show
 */
export function lastFourOf(secrets: Secrets): string | null {
  const shown = ['accessKeyId', 'private_key_id', 'client_email', 'apiKey', 'authToken']
    .map((name) => secrets[name])
    .find((value) => value !== undefined)
  return shown === undefined ? null : shown.slice(-4)
}

/** A way to open a gateway. */
interface SecretSet {
  readonly required: readonly string[]
  readonly optional: readonly string[]
  /** What its file says beside, of no use here. */
  readonly unused?: readonly string[]
}

interface SettingRule {
  /** A name, or the form of names. */
  readonly name: string | RegExp
  readonly form: RegExp
  /** What the form asks for, as the end of a sentence. */
  readonly rule: string
}

interface CredentialRules {
  /** Any one of them will do. */
  readonly secretSets: readonly SecretSet[]
  /** Whether the gateway may be open to everybody. */
  readonly isOpen?: true
  /** What the secret has to be, as the end of a sentence. */
  readonly expects: string
  readonly settings: readonly SettingRule[]
}

const API_KEY: SecretSet = { required: ['apiKey'], optional: [] }

/** https://cloud.google.com/iam/docs/keys-create-delete#creating */
const SERVICE_ACCOUNT: SecretSet = {
  required: ['client_email', 'private_key'],
  optional: ['private_key_id', 'project_id', 'token_uri'],
  unused: ['type', 'client_id', 'auth_uri', 'auth_provider_x509_cert_url', 'client_x509_cert_url', 'universe_domain'],
}

const HEADER_TEXT = /^[\x20-\x7e]{1,512}$/
const HEADER_RULE = 'must be printable ASCII of at most 512 characters'
const text = (name: string | RegExp): SettingRule => ({ name, form: HEADER_TEXT, rule: HEADER_RULE })

const RULES: Readonly<Record<Gateway, CredentialRules>> = {
  openai: { secretSets: [API_KEY], expects: 'an API key', settings: [] },
  // https://platform.claude.com/docs/en/api/overview#authentication and .../api/beta-headers
  anthropic: {
    secretSets: [API_KEY, { required: ['authToken'], optional: [] }],
    expects: 'an API key, or a JSON object with authToken',
    settings: [{ name: 'beta', form: /^[\w.,: -]{1,512}$/, rule: 'must be names of beta features, joined by commas' }],
  },
  // https://openrouter.ai/docs/app-attribution
  openrouter: { secretSets: [API_KEY], expects: 'an API key', settings: [text('title'), text('referer')] },
  // https://cloud.google.com/vertex-ai/generative-ai/docs/start/api-keys
  vertex: {
    secretSets: [SERVICE_ACCOUNT, API_KEY],
    expects: "a service account's key file as JSON, or an API key",
    settings: [
      { name: 'project', form: /^[a-z0-9][a-z0-9.:-]{2,61}[a-z0-9]$/, rule: "must be a project's id or number" },
      { name: 'location', form: /^[a-z][a-z0-9-]{1,30}$/, rule: 'must be a location like global or europe-west1' },
    ],
  },
  // https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html and .../IAM/latest/UserGuide/id_credentials_access-keys.html
  bedrock: {
    secretSets: [API_KEY, { required: ['accessKeyId', 'secretAccessKey'], optional: ['sessionToken'] }],
    expects: 'an API key, or a JSON object with accessKeyId and secretAccessKey (and sessionToken)',
    settings: [
      { name: 'region', form: /^[a-z]{2,3}(-[a-z]+){1,3}-\d{1,2}$/, rule: 'must be an AWS region like us-east-1' },
    ],
  },
  // https://portkey.ai/docs/api-reference/inference-api/headers
  portkey: {
    secretSets: [{ required: ['apiKey'], optional: ['providerKey'] }],
    expects: 'an API key, or a JSON object with apiKey and providerKey, the key of the provider behind it',
    settings: [text('provider'), text('virtualKey'), text('config')],
  },
  // https://docs.helicone.ai/helicone-headers/header-directory
  helicone: {
    secretSets: [{ required: ['apiKey'], optional: ['heliconeKey'] }],
    expects: 'an API key, or a JSON object with apiKey, the key of the provider behind it, and heliconeKey',
    settings: [text('user'), text(/^property\.[A-Za-z0-9][\w-]{0,63}$/)],
  },
  simulator: { secretSets: [API_KEY], isOpen: true, expects: 'an API key', settings: [] },
  custom: { secretSets: [API_KEY], isOpen: true, expects: 'an API key', settings: [] },
}

function findSecretFault(gateway: Gateway, { secrets, policy }: CredentialParts): CredentialFault | null {
  const { secretSets, isOpen, expects } = RULES[gateway]
  const names = Object.keys(secrets)
  if (names.length === 0) return isOpen ? null : ofSecret(null, `is required: ${expects}`)
  const meant = secretSets.find(({ required }) => required.some((name) => name in secrets))
  if (!meant) return ofSecret(null, `must be ${expects}`)
  const known = [...namesOf(meant), ...(meant.unused ?? [])]
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) return ofSecret(unknown.slice(0, LONGEST_NAME), `does not belong there: give ${expects}`)
  const missing = meant.required.find((name) => !(name in secrets))
  if (missing !== undefined) return ofSecret(missing, `is missing: give ${expects}`)
  return findFileFault(secrets, policy)
}

function namesOf({ required, optional }: SecretSet): string[] {
  return [...required, ...optional]
}

/** As much of a wrong name as is repeated: it may be a secret in the wrong place. */
const LONGEST_NAME = 20

/** What only a service account's file holds. */
function findFileFault(secrets: Secrets, policy: UpstreamPolicy): CredentialFault | null {
  const { private_key: privateKey, token_uri: tokenUri, client_email: email } = secrets
  if (privateKey !== undefined && !PRIVATE_KEY.test(privateKey)) return ofSecret('private_key', 'is no whole PEM key')
  if (email !== undefined && !email.includes('@')) return ofSecret('client_email', 'is no e-mail address')
  // The account's signature is sent there, so it is held to the rules of every upstream.
  const fault = tokenUri === undefined ? null : findUpstreamUrlFault(tokenUri, policy)
  return fault === null ? null : ofSecret('token_uri', fault)
}

const PRIVATE_KEY = /^-----BEGIN (RSA )?PRIVATE KEY-----\s[A-Za-z0-9+/=\s]+-----END (RSA )?PRIVATE KEY-----\s*$/

function findSettingFault(gateway: Gateway, { secrets, settings }: CredentialParts): CredentialFault | null {
  for (const [name, value] of Object.entries(settings)) {
    const rule = RULES[gateway].settings.find((each) => isNamed(each, name))
    if (!rule)
      return ofSetting(name.slice(0, LONGEST_NAME), `is nothing that ${gateway} knows: ${describeSettings(gateway)}`)
    if (!rule.form.test(value)) return ofSetting(name, rule.rule)
    if (isSecret(value, secrets)) return ofSetting(name, 'looks like a secret, and settings are shown: give it as one')
  }
  const needsProject = gateway === 'vertex' && secrets['private_key'] !== undefined
  if (needsProject && !secrets['project_id'] && !settings['project']) {
    return ofSetting('project', 'is required where the service account names no project_id')
  }
  return null
}

function isNamed({ name }: SettingRule, given: string): boolean {
  return typeof name === 'string' ? name === given : name.test(given)
}

function describeSettings(gateway: Gateway): string {
  const names = RULES[gateway].settings.map(({ name }) => (typeof name === 'string' ? name : 'property.<Name>'))
  return names.length === 0 ? 'it has no settings' : `it has ${names.join(', ')}`
}

/** How keys of known vendors begin; a setting is shown to everybody who may see credentials. */
const SECRET_FORM = /^(sk-|rk-|pk-live|AKIA|ASIA|AIza|ya29\.|eyJ|gh[pos]_|Bearer |-----BEGIN)/

function isSecret(value: string, secrets: Secrets): boolean {
  const { project_id: _project, ...hidden } = secrets
  return SECRET_FORM.test(value) || Object.values(hidden).includes(value)
}

const ofSecret = (name: string | null, fault: string): CredentialFault => ({ part: 'secret', name, fault })
const ofSetting = (name: string, fault: string): CredentialFault => ({ part: 'setting', name, fault })
