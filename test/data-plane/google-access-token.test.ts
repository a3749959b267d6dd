import { generateKeyPairSync, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AttemptFailed } from '../../data-plane/dispatch/attempt-failed.ts'
import { createGoogleTokenSource } from '../../data-plane/dispatch/google-access-token.ts'
import type { OpenCredential } from '../../data-plane/dispatch/open-credential.ts'
import { createTransport, type Transport } from '../../data-plane/dispatch/transport.ts'
import type { UpstreamPolicy } from '../../shared/network/upstream-address.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const MINUTE_MS = 60_000
const REQUEST = {
  url: 'https://vendor.example/',
  headers: { accept: 'x' },
  body: '{}',
  signing: { type: 'google-access-token' },
} as const

/** What the token server is sent, and what it does. */
let asked: URLSearchParams[] = []
let reply: (response: ServerResponse) => void
let server: Server
let transports: Transport[] = []
const clock = { time: 0, now: () => clock.time, monotonicMs: () => clock.time }

beforeEach(async () => {
  asked = []
  clock.time = Date.parse('2026-01-01T00:00:00Z')
  reply = (response) => giveToken(response, `token-${asked.length}`)
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  for (const transport of transports) await transport.close()
  transports = []
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  asked.push(new URLSearchParams(body))
  reply(response)
}

function giveToken(response: ServerResponse, token: string): void {
  send(response, 200, { access_token: token, expires_in: 3_599, token_type: 'Bearer' })
}

function send(response: ServerResponse, status: number, body: object | string, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

function tokenUri(host = '127.0.0.1'): string {
  return `http://${host}:${(server.address() as AddressInfo).port}/token`
}

function account(changes: Record<string, string> = {}): OpenCredential {
  const file = { client_email: 'robot@project.example', private_key: PEM, token_uri: tokenUri(), ...changes }
  return { baseUrl: 'https://vendor.example', secrets: file, settings: {} }
}

/** A source, as a function from a credential to the authorization that a request gets. */
function createSource({ policy = 'loopback', limitMs = 10_000 }: { policy?: UpstreamPolicy; limitMs?: number } = {}) {
  const timeouts = { connectMs: 1_000, firstTokenMs: 1_000, idleMs: 1_000, totalMs: 1_000 }
  const transport = createTransport({ policy, timeouts })
  transports.push(transport)
  const addToken = createGoogleTokenSource({ clock, transport, limitMs })
  return async (credential: OpenCredential) => (await addToken(REQUEST, credential)).headers['authorization']
}

/** Why it failed; everything that a record or a log could hold must be free of secrets. */
async function failureOf(attempt: Promise<unknown>): Promise<AttemptFailed> {
  const failure = await attempt.then(
    () => null,
    (error: unknown) => error,
  )
  if (!(failure instanceof AttemptFailed)) throw new Error(`no AttemptFailed: ${String(failure)}`)
  const told = `${failure.stack} ${JSON.stringify(failure)} ${String(failure.cause)}`
  expect(told).not.toContain(PEM.split('\n')[1])
  for (const assertion of asked.map((form) => form.get('assertion'))) expect(told).not.toContain(assertion)
  return failure
}

test('the assertion is signed by the account, for this token server, for an hour of our clock', async () => {
  expect(await createSource()(account())).toBe('Bearer token-1')
  const [form] = asked
  expect(form?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
  const [header = '', claims = '', signature = ''] = form?.get('assertion')?.split('.') ?? []
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    iss: 'robot@project.example',
    aud: tokenUri(),
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    iat: clock.time / 1_000,
    exp: clock.time / 1_000 + 3_600,
  })
  expect(verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(
    true,
  )
})

test('a token goes beside the adapter’s headers and changes nothing else', async () => {
  const transport = createTransport({
    policy: 'loopback',
    timeouts: { connectMs: 1_000, firstTokenMs: 1_000, idleMs: 1_000, totalMs: 1_000 },
  })
  transports.push(transport)
  expect(await createGoogleTokenSource({ clock, transport })(REQUEST, account())).toEqual({
    ...REQUEST,
    headers: { accept: 'x', authorization: 'Bearer token-1' },
  })
})

test('fifty calls at once wait for one token, which serves the next ones too', async () => {
  const read = createSource()
  const credential = account()
  const tokens = await Promise.all(Array.from({ length: 50 }, () => read(credential)))
  expect(new Set([...tokens, await read(credential)])).toEqual(new Set(['Bearer token-1']))
  expect(asked).toHaveLength(1)
})

test('each credential has a token of its own', async () => {
  const read = createSource()
  expect([await read(account()), await read(account())]).toEqual(['Bearer token-1', 'Bearer token-2'])
})

test('a token is replaced before it expires, once, while the old one still serves', async () => {
  const read = createSource()
  const credential = account()
  await read(credential)
  clock.time += 54 * MINUTE_MS
  expect(await read(credential)).toBe('Bearer token-1')
  clock.time += 2 * MINUTE_MS
  const atOnce = await Promise.all([read(credential), read(credential), read(credential)])
  expect(new Set(atOnce)).toEqual(new Set(['Bearer token-1']))
  await waitUntil(async () => (await read(credential)) === 'Bearer token-2')
  expect(asked).toHaveLength(2)
})

test('a token that has expired is waited for anew', async () => {
  const read = createSource()
  const credential = account()
  await read(credential)
  clock.time += 60 * MINUTE_MS
  expect(await read(credential)).toBe('Bearer token-2')
})

test('a token that cannot be replaced yet serves on, and is tried again after a pause', async () => {
  const read = createSource()
  const credential = account()
  await read(credential)
  clock.time += 56 * MINUTE_MS
  reply = (response) => send(response, 503, {})
  expect(await read(credential)).toBe('Bearer token-1')
  await waitUntil(() => asked.length === 2)
  reply = (response) => giveToken(response, 'token-late')
  await waitUntil(async () => {
    clock.time += 1_000
    return (await read(credential)) === 'Bearer token-late'
  })
  expect(asked).toHaveLength(3)
})

test('a refused grant is a failure of the credential, told without the server’s sentence', async () => {
  reply = (response) =>
    send(response, 400, { error: 'invalid_grant', error_description: `Invalid JWT: ${asked[0]?.get('assertion')}` })
  const failure = await failureOf(createSource()(account()))
  expect(failure).toMatchObject({
    reason: 'credential',
    message: 'the token server refused the service account: invalid_grant',
  })
})

test('a failure is not kept: the next call asks again', async () => {
  const read = createSource()
  const credential = account()
  reply = (response) => send(response, 401, {})
  expect(await failureOf(read(credential))).toMatchObject({ reason: 'credential' })
  reply = (response) => giveToken(response, 'token-later')
  expect(await read(credential)).toBe('Bearer token-later')
})

test.each([
  ['an error page', 502, '<html>', {}, null],
  ['a limit, with the time to wait', 429, '{}', { 'retry-after': '7' }, 7_000],
  ['a redirect, which is not followed', 302, '', { location: 'https://elsewhere.example/' }, null],
  ['an answer without a token', 200, '{"expires_in":3600}', {}, null],
  ['an answer that is no JSON', 200, 'ok', {}, null],
])('a token server that fails is unavailable: %s', async (_name, status, body, headers, retryAfterMs) => {
  reply = (response) => send(response, status, body, headers)
  expect(await failureOf(createSource()(account()))).toMatchObject({ reason: 'unavailable', retryAfterMs })
  expect(asked).toHaveLength(1)
})

test('a silent token server is given up on, and its connection closed', async () => {
  let closed = false
  reply = (response) => response.on('close', () => (closed = true))
  const failure = await failureOf(createSource({ limitMs: 50 })(account()))
  expect(failure).toMatchObject({ reason: 'unavailable', message: expect.stringContaining('within 0.05 seconds') })
  await waitUntil(() => closed)
})

test('a token server that cannot be reached is unavailable, and its address is not told', async () => {
  const credential = account()
  await new Promise((resolve) => server.close(resolve))
  const failure = await failureOf(createSource()(credential))
  expect(failure).toMatchObject({ reason: 'unavailable', message: 'the token server could not be reached' })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

test.each([
  ['an address inside', () => tokenUri()],
  ['an address inside over TLS', () => tokenUri().replace('http:', 'https:')],
  ['a name that leads inside', () => tokenUri('localhost').replace('http:', 'https:')],
  ['a metadata service', () => 'https://169.254.169.254/token'],
  ['another scheme', () => 'file:///etc/passwd'],
  ['no URL', () => 'oauth2.googleapis.com'],
  ['a user’s name in it', () => 'https://user:pass@oauth2.googleapis.com/token'],
])('a token_uri that may not be asked is refused before anything is sent: %s', async (_name, uri) => {
  const failure = await failureOf(createSource({ policy: 'public' })(account({ token_uri: uri() })))
  expect(failure).toMatchObject({ reason: 'credential', message: expect.stringContaining('token_uri') })
  expect(asked).toHaveLength(0)
})

test.each([
  ['no key', { private_key: '' }],
  ['no e-mail', { client_email: '' }],
  ['a key that is none', { private_key: 'nonsense' }],
])('an account that cannot sign is a failure of the credential: %s', async (_name, changes) => {
  expect(await failureOf(createSource()(account(changes)))).toMatchObject({ reason: 'credential' })
  expect(asked).toHaveLength(0)
})
