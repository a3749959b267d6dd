import { hkdfSync } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../../shared/runtime/clock.ts'

const SESSION_MS = 12 * 60 * 60_000
const ISSUER = 'signalbox'

export interface Session {
  readonly token: string
  readonly expiresAt: number
}

export interface Sessions {
  create(userId: string): Promise<Session>
  /** The user of a session; null when the token is forged, expired or not a session at all. */
  verify(token: string): Promise<string | null>
}

/** Session tokens: a JWT signed under a key of its own, derived from the master key. */
export function createSessions({ masterKey, clock }: { masterKey: Buffer; clock: Clock }): Sessions {
  const key = new Uint8Array(hkdfSync('sha256', masterKey, '', 'signalbox session tokens', 32))

  return {
    async create(userId) {
      const now = clock.now()
      const expiresAt = now + SESSION_MS
      const token = await new SignJWT()
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(ISSUER)
        .setSubject(userId)
        .setIssuedAt(Math.floor(now / 1000))
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .sign(key)
      return { token, expiresAt }
    },

    async verify(token) {
      try {
        const currentDate = new Date(clock.now())
        const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], issuer: ISSUER, currentDate })
        return payload.sub ?? null
      } catch {
        return null
      }
    },
  }
}
