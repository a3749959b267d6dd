import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { findCredentialFault, lastFourOf, pickSecrets } from '../../shared/llm/gateway-credentials.ts'
import { GATEWAYS, gatewayBaseUrl, type Gateway } from '../../shared/llm/gateways.ts'

const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
})
/** As the console writes it. */
const FILE = {
  type: 'service_account',
  project_id: 'my-project',
  private_key_id: '0123456789abcdef',
  private_key: String(privateKey),
  client_email: 'caller@my-project.iam.gserviceaccount.com',
  client_id: '1234567890',
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
  auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
  client_x509_cert_url: 'https://www.googleapis.com/robot/v1/metadata/x509/caller',
  universe_domain: 'googleapis.com',
}
const AWS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const apiKey = 'sk-0123456789'

type Given = { secrets?: Record<string, string>; settings?: Record<string, string> }
const faultOf = (gateway: Gateway, { secrets = {}, settings = {} }: Given) =>
  findCredentialFault(gateway, { secrets, settings, policy: 'public' })

test.each<[Gateway, Given]>([
  ['openai', { secrets: { apiKey } }],
  ['anthropic', { secrets: { apiKey } }],
  ['anthropic', { secrets: { authToken: 'token' }, settings: { beta: 'context-1m-2025-08-07, fast-mode-2026-02-01' } }],
  ['openrouter', { secrets: { apiKey }, settings: { title: 'My application', referer: 'https://example.com' } }],
  ['vertex', { secrets: FILE }],
  ['vertex', { secrets: FILE, settings: { project: 'other-project', location: 'europe-west1' } }],
  ['vertex', { secrets: { apiKey }, settings: { location: 'global' } }],
  ['bedrock', { secrets: { apiKey } }],
  ['bedrock', { secrets: AWS, settings: { region: 'us-gov-west-1' } }],
  ['bedrock', { secrets: { ...AWS, sessionToken: 'session' }, settings: { region: 'ap-southeast-2' } }],
  ['portkey', { secrets: { apiKey, providerKey: 'sk-provider' }, settings: { provider: 'openai' } }],
  ['portkey', { secrets: { apiKey }, settings: { virtualKey: 'openai-virtual-1', config: 'pc-abc' } }],
  [
    'helicone',
    { secrets: { apiKey, heliconeKey: 'sk-helicone' }, settings: { user: 'u 1', 'property.Team': 'search' } },
  ],
  ['simulator', {}],
  ['custom', {}],
  ['custom', { secrets: { apiKey } }],
])('%s takes %j', (gateway, given) => {
  expect(faultOf(gateway, given)).toBeNull()
})

test.each<[Gateway, Given, string | null, RegExp]>([
  ['openai', {}, null, /is required: an API key/],
  ['openai', { secrets: { key: apiKey } }, null, /must be an API key/],
  ['openai', { secrets: { apiKey, organization: 'org' } }, 'organization', /does not belong there/],
  ['anthropic', { secrets: { apiKey, authToken: 'both' } }, 'authToken', /does not belong there/],
  ['bedrock', { secrets: { accessKeyId: 'AKIA' } }, 'secretAccessKey', /is missing/],
  ['bedrock', { secrets: { ...AWS, region: 'us-east-1' } }, 'region', /does not belong there/],
  ['vertex', { secrets: { client_email: FILE.client_email } }, 'private_key', /is missing: give a service account/],
  ['vertex', { secrets: { ...FILE, private_key: FILE.private_key.slice(0, 200) } }, 'private_key', /no whole PEM key/],
  ['vertex', { secrets: { ...FILE, client_email: 'me' } }, 'client_email', /no e-mail address/],
  ['vertex', { secrets: { ...FILE, token_uri: 'https://169.254.169.254/token' } }, 'token_uri', /not a public address/],
  ['vertex', { secrets: { ...FILE, token_uri: 'http://oauth2.example.com/token' } }, 'token_uri', /https/],
  ['vertex', { secrets: { ...FILE, token_uri: 'nonsense' } }, 'token_uri', /not a URL/],
  ['portkey', { secrets: { providerKey: 'only' } }, null, /must be an API key/],
  ['helicone', { secrets: { heliconeKey: 'only' } }, null, /must be an API key/],
])('the secret of %s cannot be %j', (gateway, given, name, sentence) => {
  const fault = faultOf(gateway, given)
  expect(fault).toMatchObject({ part: 'secret', name })
  expect(fault?.fault).toMatch(sentence)
})

test.each<[Gateway, Record<string, string>, RegExp]>([
  ['openai', { region: 'us-east-1' }, /knows: it has no settings/],
  ['bedrock', { regoin: 'us-east-1' }, /knows: it has region/],
  ['bedrock', { region: 'us-east-1.evil.example.com/' }, /must be an AWS region/],
  ['bedrock', { region: 'US-EAST-1' }, /must be an AWS region/],
  ['vertex', { location: 'evil.example.com/#' }, /must be a location/],
  ['vertex', { location: 'us-central1@evil' }, /must be a location/],
  ['vertex', { project: '../other' }, /must be a project/],
  ['openrouter', { title: 'two\nlines' }, /printable ASCII/],
  ['openrouter', { title: 'x'.repeat(513) }, /printable ASCII/],
  ['helicone', { 'property.A: b\r\nx': 'v' }, /knows: it has user, property/],
  ['helicone', { user: 'sk-proj-abcdefgh' }, /looks like a secret/],
  ['portkey', { virtualKey: apiKey }, /looks like a secret/],
  ['portkey', { config: 'AKIAIOSFODNN7EXAMPLE' }, /looks like a secret/],
])('the settings of %s cannot be %j', (gateway, settings, sentence) => {
  const fault = faultOf(gateway, { secrets: { apiKey }, settings })
  expect(fault?.part).toBe('setting')
  expect(fault?.fault).toMatch(sentence)
})

test('a service account that names no project needs the setting', () => {
  const { project_id: _project, ...secrets } = FILE
  expect(faultOf('vertex', { secrets })).toMatchObject({ part: 'setting', name: 'project' })
  expect(faultOf('vertex', { secrets, settings: { project: 'my-project' } })).toBeNull()
})

const PLACES = ['global', 'us', 'eu', 'europe-west1', 'us-east-1', 'a.b', 'a/b', 'a@b', 'a#', 'a:1', '']

test.each(['location', 'region'])('no %s can move a hosted gateway to another host', (name) => {
  const hosts = GATEWAYS.flatMap((gateway) =>
    PLACES.filter((value) => faultOf(gateway, { secrets: { apiKey }, settings: { [name]: value } }) === null).map(
      (value) => new URL(gatewayBaseUrl(gateway, { [name]: value }) ?? 'https://example.com').host,
    ),
  )
  expect(hosts.length).toBeGreaterThan(0)
  expect(hosts.filter((host) => !/\.(googleapis|amazonaws)\.com$/.test(host))).toEqual([])
})

test('what a file says beside its secrets is not kept', () => {
  expect(Object.keys(pickSecrets('vertex', FILE)).toSorted()).toEqual([
    'client_email',
    'private_key',
    'private_key_id',
    'project_id',
    'token_uri',
  ])
})

test.each([
  [{ apiKey: 'sk-proj-1234' }, '1234'],
  [FILE, 'cdef'],
  [AWS, 'MPLE'],
  [{ authToken: 'token-9876' }, '9876'],
  [{ apiKey: 'sk-portkey-1111', providerKey: 'sk-openai-2222' }, '1111'],
  [{}, null],
])('people tell %j by %j, and never by a part of a private key', (secrets, lastFour) => {
  expect(lastFourOf(secrets as Record<string, string>)).toBe(lastFour)
})
