import { readRetryAfterMs } from '../../shared/network/retry-after.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Secrets } from '../../shared/secrets/read-secrets.ts'
import { AttemptFailed } from './attempt-failed.ts'
import { ForbiddenAddress } from '../../shared/network/checked-lookup.ts'
import { readWhole, type Exchange } from './exchange.ts'
import type { OpenCredential } from './open-credential.ts'
import type { SignRequest } from './sign-request.ts'
import type { Transport } from './transport.ts'

/**
 * Access tokens of Google service accounts. One is fetched for all who wait for it, kept as long as its credential is,
 * and replaced in the background before it expires. It is fetched through the checked transport, from Google's address
 * or the one in the account's file, within a limit. No message holds a secret or a token server's own words.
 */

export interface GoogleTokenDeps {
  readonly clock: Clock
  readonly transport: Transport
  /** How long a fetch may take. */
  readonly limitMs?: number
}

/** https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests */
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
/** The longest Google accepts. */
const ASSERTION_LIFETIME_S = 3_600
const FETCH_LIMIT_MS = 10_000
const LONGEST_TOKEN_ANSWER = 65_536
/** As early as Google's own libraries. */
const REFRESH_BEFORE_MS = 5 * 60_000
/** A token must outlive the way to Google. */
const SPARE_MS = 30_000
/** Between two tries to replace a token that still holds. */
const REFRESH_PAUSE_MS = 10_000

/**
 * Makes the function that adds an access token to a request.
 *
 * @returns a function that throws AttemptFailed: `credential` when the account is refused or unusable, `unavailable`
 *   when the token server cannot be reached
 */
export function createGoogleTokenSource(deps: GoogleTokenDeps): SignRequest {
  const accounts = new WeakMap<OpenCredential, AccountToken>()
  return async (request, credential) => {
    let account = accounts.get(credential)
    if (!account) {
      account = new AccountToken(credential.secrets, deps)
      accounts.set(credential, account)
    }
    const token = await account.read()
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }
  }
}

interface Token {
  readonly value: string
  readonly expiresAt: number
}

class AccountToken {
  readonly #secrets: Secrets
  readonly #deps: GoogleTokenDeps
  #token: Token | null = null
  #refreshAt = 0
  #fetching: Promise<Token> | null = null

  constructor(secrets: Secrets, deps: GoogleTokenDeps) {
    this.#secrets = secrets
    this.#deps = deps
  }

  async read(): Promise<string> {
    const now = this.#deps.clock.now()
    const token = this.#token
    if (token && now < this.#refreshAt) return token.value
    const fetching = (this.#fetching ??= this.#fetch())
    if (!token || now >= token.expiresAt - SPARE_MS) return (await fetching).value
    // Nobody waits for this one, and the old token holds: a failure that lasts is told when it no longer does.
    fetching.catch(() => (this.#refreshAt = now + REFRESH_PAUSE_MS))
    return token.value
  }

  async #fetch(): Promise<Token> {
    const startedAt = this.#deps.clock.now()
    try {
      const token = await fetchToken(this.#secrets, this.#deps)
      this.#token = token
      // A token that is given for a short time is replaced half-way.
      const early = Math.min(REFRESH_BEFORE_MS, (token.expiresAt - startedAt) / 2)
      this.#refreshAt = token.expiresAt - early
      return token
    } finally {
      this.#fetching = null
    }
  }
}

async function fetchToken(secrets: Secrets, deps: GoogleTokenDeps): Promise<Token> {
  const { client_email: email, private_key: key, token_uri: tokenUri = GOOGLE_TOKEN_URL } = secrets
  if (!email || !key) throw refused('the credential holds no service account')
  if (!URL.canParse(tokenUri)) throw refused("the service account's token_uri is not a URL")
  const url = new URL(tokenUri).href
  // Loaded by the first account: it takes 25 MB that most processes have no use for.
  const { gaxios, JWT } = await import('google-auth-library')

  const issuedAt = Math.floor(deps.clock.now() / 1_000)
  let expiresAt = 0
  const ask: typeof fetch = async (_url, init) => {
    const bytes = await askTokenServer(url, String(init?.body), deps)
    expiresAt = (issuedAt + readLifetime(bytes)) * 1_000
    return new Response(new Uint8Array(bytes), { headers: { 'content-type': 'application/json' } })
  }
  const client = new JWT({
    email,
    key,
    scopes: [SCOPE],
    additionalClaims: { aud: url, iat: issuedAt, exp: issuedAt + ASSERTION_LIFETIME_S },
    transporter: new gaxios.Gaxios({ fetchImplementation: ask, ...AS_ASKED }),
  })
  const { access_token: value } = await client.authorize().catch((error: unknown) => {
    throw asAttemptFailed(error)
  })
  if (!value) throw unavailable('the token server gave no token')
  return { value, expiresAt }
}

/** Trying again is for dispatching to decide, and a proxy of the environment's for nobody. */
const AS_ASKED = { retryConfig: { retry: 0, noResponseRetries: 0 }, noProxy: [/./] }

/** Ours comes wrapped in the library's errors, whose own words and requests hold the signed assertion. */
function asAttemptFailed(error: unknown): AttemptFailed {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AttemptFailed) return cause
  }
  return refused("the service account's private key cannot be used")
}

async function askTokenServer(url: string, body: string, deps: GoogleTokenDeps): Promise<Buffer> {
  const limitMs = deps.limitMs ?? FETCH_LIMIT_MS
  const exchange = send(url, body, deps.transport)
  const timer = setTimeout(
    () => exchange.abort(unavailable(`the token server did not answer within ${limitMs / 1_000} seconds`)),
    limitMs,
  )
  try {
    const bytes = await readWhole(exchange, () => LONGEST_TOKEN_ANSWER)
    if (exchange.status !== 200) throw refusal(exchange, bytes, deps.clock)
    return bytes
  } catch (error) {
    throw error instanceof AttemptFailed ? error : unreachable(error)
  } finally {
    clearTimeout(timer)
  }
}

function send(url: string, body: string, transport: Transport): Exchange {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  try {
    return transport.send({ url, headers, body })
  } catch (error) {
    throw refused("the service account's token_uri is not an allowed address", error)
  }
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-5.2: what is wrong with the account is a 400 or 401. */
function refusal({ status, headers }: Exchange, bytes: Buffer, clock: Clock): AttemptFailed {
  const isTheirs = status >= 500 || status === 408 || status === 429 || status < 400
  if (!isTheirs) return refused(`the token server refused the service account${describeRefusal(bytes)}`)
  return new AttemptFailed({
    reason: 'unavailable',
    message: `the token server answered with status ${status}`,
    retryAfterMs: readRetryAfterMs(headers, clock.now()),
  })
}

/** The error's name alone: the sentence beside it may repeat what was sent. */
function describeRefusal(bytes: Buffer): string {
  const { error } = readObject(bytes)
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? `: ${error}` : ''
}

function readLifetime(bytes: Buffer): number {
  const { expires_in: seconds } = readObject(bytes)
  return typeof seconds === 'number' && seconds > 0 ? seconds : 0
}

function readObject(bytes: Buffer): { readonly error?: unknown; readonly expires_in?: unknown } {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    // A page of a proxy's in between: the status says it all.
    return {}
  }
}

function unreachable(error: unknown): AttemptFailed {
  if (error instanceof ForbiddenAddress) {
    return refused("the service account's token_uri is not an allowed address", error)
  }
  return unavailable('the token server could not be reached', error)
}

function refused(message: string, cause?: unknown): AttemptFailed {
  return new AttemptFailed({ reason: 'credential', message, cause })
}

function unavailable(message: string, cause?: unknown): AttemptFailed {
  return new AttemptFailed({ reason: 'unavailable', message, cause })
}
