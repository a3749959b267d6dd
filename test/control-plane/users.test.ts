import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane({}, { withRealPasswords: true })
})
afterAll(() => harness.close())

const SIGN_IN = `mutation ($email: String!, $password: String!) {
  signIn(email: $email, password: $password) { token expiresAt user { email } }
}`
const ME = '{ me { email isPlatformAdmin } }'

interface SignedIn {
  readonly signIn: { readonly token: string; readonly expiresAt: string; readonly user: { readonly email: string } }
}

test('e-mail address and password open a session, in whatever case the address is written', async () => {
  const user = await harness.user()
  const variables = { email: ` ${user.email.toUpperCase()}`, password: PASSWORD }
  const { signIn } = await harness.client(null).run<SignedIn>(SIGN_IN, variables)
  expect(await harness.client(signIn.token).run(ME)).toEqual({ me: { email: user.email, isPlatformAdmin: false } })
})

test('a session ends after twelve hours', async () => {
  const user = await harness.user()
  const { signIn } = await harness.client(null).run<SignedIn>(SIGN_IN, { email: user.email, password: PASSWORD })
  harness.clock.advance(12 * 3_600_000 - 60_000)
  expect(await harness.client(signIn.token).run(ME)).toEqual({ me: { email: user.email, isPlatformAdmin: false } })
  harness.clock.advance(61_000)
  expect(await harness.client(signIn.token).run(ME)).toEqual({ me: null })
})

test('a wrong password and an unknown address get one and the same answer', async () => {
  const user = await harness.user()
  const wrong = await harness.client(null).ask(SIGN_IN, { email: user.email, password: 'not the password' })
  const unknown = await harness.client(null).ask(SIGN_IN, { email: 'who@example.com', password: PASSWORD })
  expect(wrong.errors[0]?.extensions.code).toBe('sign_in_refused')
  expect(wrong.errors).toEqual(unknown.errors)
})

test('ten wrong passwords close the door for a while, even to the right one', async () => {
  const user = await harness.user()
  const wrong = { email: user.email, password: 'not the password' }
  for (let attempt = 0; attempt < 10; attempt += 1) {
    expect(await harness.client(null).codeOf(SIGN_IN, wrong)).toBe('sign_in_refused')
  }
  const { errors } = await harness.client(null).ask(SIGN_IN, { email: user.email, password: PASSWORD })
  expect(errors[0]?.extensions.code).toBe('sign_in_throttled')
  expect(errors[0]?.extensions['retryAfterSeconds']).toBeGreaterThan(600)
})

test('somebody else is not locked out by it', async () => {
  const [victim, other] = [await harness.user(), await harness.user()]
  for (let attempt = 0; attempt < 11; attempt += 1) {
    await harness.client(null).ask(SIGN_IN, { email: victim.email, password: 'not the password' })
  }
  expect(await harness.client(null).codeOf(SIGN_IN, { email: other.email, password: PASSWORD })).toBeNull()
})

test('a token signed under another key is nobody', async () => {
  const user = await harness.user()
  const forged = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('signalbox')
    .setSubject(user.id)
    .setExpirationTime('1h')
    .sign(new Uint8Array(32))
  expect(await harness.client(forged).run(ME)).toEqual({ me: null })
})

test('an admin token acts as its user until it is revoked', async () => {
  const user = await harness.user()
  const made = await user.client.run<{ createAdminToken: { secret: string; adminToken: { id: string } } }>(
    'mutation { createAdminToken(name: "ci") { secret adminToken { id lastFour } } }',
  )
  const { secret, adminToken } = made.createAdminToken
  expect(secret).toMatch(/^sba_[\w-]{43}$/)
  expect(await harness.client(secret).run(ME)).toEqual({ me: { email: user.email, isPlatformAdmin: false } })
  const listed = await user.client.run('{ adminTokens { id name lastFour } }')
  expect(JSON.stringify(listed)).not.toContain(secret)

  const revoke = 'mutation ($id: ID!) { revokeAdminToken(id: $id) }'
  const stranger = await harness.user()
  expect(await stranger.client.codeOf(revoke, { id: adminToken.id })).toBe('admin_token_not_found')
  await user.client.run(revoke, { id: adminToken.id })
  expect(await harness.client(secret).run(ME)).toEqual({ me: null })
})

test('an admin token with an expiry ends then', async () => {
  const user = await harness.user()
  const expiresAt = new Date(harness.clock.now() + 60_000)
  const made = await user.client.run<{ createAdminToken: { secret: string } }>(
    'mutation ($expiresAt: DateTimeISO) { createAdminToken(name: "short", expiresAt: $expiresAt) { secret } }',
    { expiresAt },
  )
  const client = harness.client(made.createAdminToken.secret)
  expect(await client.run(ME)).not.toEqual({ me: null })
  harness.clock.advance(60_001)
  expect(await client.run(ME)).toEqual({ me: null })
})

test('a platform admin makes users, each e-mail address once', async () => {
  const create = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { email isPlatformAdmin } }'
  const input = { email: 'New.User@example.com', password: PASSWORD }
  const made = await harness.admin.run(create, { input })
  expect(made).toEqual({ createUser: { email: 'new.user@example.com', isPlatformAdmin: false } })
  expect(await harness.admin.codeOf(create, { input })).toBe('email_taken')
  const short = await harness.admin.ask(create, { input: { ...input, email: 'x@example.com', password: 'short' } })
  expect(short.errors[0]?.extensions).toEqual({ code: 'invalid_input', field: 'password' })
})

test('no password and no token is kept in a form that opens anything', async () => {
  const [users, tokens] = harness.controlPlane.modules.users.models
  const kept = JSON.stringify([await users?.find().lean(), await tokens?.find().lean()])
  expect(kept).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
  expect(kept).not.toContain(PASSWORD)
  expect(kept).not.toContain('sba_')
})

test('while Redis is away nobody is told that a password is wrong', async () => {
  const user = await harness.user()
  await harness.services.redis.stop()
  expect(await harness.client(null).codeOf(SIGN_IN, { email: user.email, password: PASSWORD })).toBe('unavailable')
  // Who is signed in already goes on.
  expect(await user.client.run(ME)).not.toEqual({ me: null })
  await harness.services.redis.start()
})
