import { z } from 'zod'
import { invalidRequest, unknownUrl } from '../../errors.ts'
import type { Dialect, Faults } from '../dialect.ts'
import type { AccessTokens } from './access-tokens.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** Google gives tokens for an hour, and takes no assertion for longer. */
const LONGEST_SECONDS = 3_600

const grant = z.object({ grant_type: z.literal(GRANT), assertion: z.string() })
const header = z.looseObject({ alg: z.literal('RS256'), typ: z.literal('JWT').optional() })
const claims = z.looseObject({
  iss: z.string().min(1),
  aud: z.string().regex(/^https?:\/\/.+\/token$/),
  scope: z.string().min(1),
  iat: z.int(),
  exp: z.int(),
})

/**
 * Google's endpoint for access tokens, where a service account shows a signed assertion
 * (https://developers.google.com/identity/protocols/oauth2/service-account#httprest). Of the assertion only the shape is
 * checked, for the simulator knows no account's key. Scripts reach it by the name `token`.
 */
export function createTokenEndpoint(tokens: AccessTokens): Dialect {
  return {
    owns: (path) => path === '/token',
    admits: ({ body }, keys) => keys.has(readAssertion(body)?.iss ?? ''),
    read({ method, path, body }) {
      if (method !== 'POST') throw unknownUrl({ method, path })
      const assertion = readAssertion(body)
      if (!assertion) throw invalidRequest({ reason: 'Invalid JWT: it is no assertion of a service account.' })
      const seconds = assertion.exp - assertion.iat
      if (seconds <= 0 || seconds > LONGEST_SECONDS) {
        throw invalidRequest({
          reason: 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.',
        })
      }
      const answer = { access_token: tokens.issue(), expires_in: LONGEST_SECONDS - 1, token_type: 'Bearer' }
      return { type: 'errand', name: 'token', body: answer }
    },
    faults: tokenFaults,
  }
}

/** What the assertion says; undefined where it is none. */
function readAssertion(body: unknown): z.infer<typeof claims> | undefined {
  const parsed = grant.safeParse(body)
  const [head, payload, signature] = parsed.data?.assertion.split('.') ?? []
  if (!header.safeParse(decode(head)).success || !signature) return undefined
  return claims.safeParse(decode(payload)).data
}

function decode(part: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString())
  } catch {
    return undefined
  }
}

const tokenFaults: Faults = {
  forStatus: (status) => ({
    status,
    body: status < 500 ? refusal('Invalid JWT Signature.') : { error: 'internal_failure' },
  }),
  from: ({ code, status, message }) => ({
    status: code === 'invalid_api_key' ? 400 : status,
    body: refusal(code === 'invalid_api_key' ? 'Invalid grant: account not found' : message),
  }),
  midway: (given) => ({ status: 500, body: { error: given ?? 'internal_failure' } }),
}

function refusal(description: string): object {
  return { error: 'invalid_grant', error_description: description }
}
