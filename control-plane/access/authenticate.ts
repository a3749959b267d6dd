import type { Caller } from './caller.ts'
import type { Sessions } from './session.ts'

export const ADMIN_TOKEN_PREFIX = 'sba_'

/** Whom an `Authorization` header stands for; null: nobody. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller | null>

interface Deps {
  readonly sessions: Sessions
  readonly findUser: (userId: string) => Promise<Caller | null>
  readonly findAdminTokenUser: (token: string) => Promise<string | null>
}

/** Tells who calls. A database that does not answer is an error, never "nobody". */
export function createAuthenticate({ sessions, findUser, findAdminTokenUser }: Deps): Authenticate {
  return async (authorization) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return null
    const isAdminToken = token.startsWith(ADMIN_TOKEN_PREFIX)
    const userId = await (isAdminToken ? findAdminTokenUser(token) : sessions.verify(token))
    return userId === null ? null : findUser(userId)
  }
}
