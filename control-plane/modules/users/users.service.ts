import { randomBytes } from 'node:crypto'
import { ADMIN_TOKEN_PREFIX } from '../../access/authenticate.ts'
import type { Session, Sessions } from '../../access/session.ts'
import { isDuplicateKey } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { hashKey } from '../../../shared/secrets/hash-key.ts'
import { hashPassword, verifyPassword, type PasswordCost } from './password-hash.ts'
import type { SignInThrottle } from './sign-in-throttle.ts'
import { adminTokenNotFound, emailTaken, signInRefused } from './users.errors.ts'
import type { AdminToken, User, UserModels } from './users.model.ts'

export interface SignIn {
  readonly email: string
  readonly password: string
  /** Where the attempt comes from. */
  readonly address: string
}

export interface NewUser {
  readonly email: string
  readonly name: string
  readonly password: string
  readonly isPlatformAdmin: boolean
}

export interface NewAdminToken {
  readonly name: string
  readonly expiresAt: number | null
}

export interface UsersService {
  signIn(attempt: SignIn): Promise<{ session: Session; user: User }>
  createUser(user: NewUser): Promise<User>
  /** Gives the token itself once; only its hash is kept. */
  createAdminToken(userId: string, token: NewAdminToken): Promise<{ adminToken: AdminToken; secret: string }>
  revokeAdminToken(userId: string, tokenId: string): Promise<void>
}

interface Deps {
  readonly models: UserModels
  readonly sessions: Sessions
  readonly throttle: SignInThrottle
  readonly passwordCost: PasswordCost | undefined
  readonly clock: Clock
  readonly createId: CreateId
}

export function createUsersService(deps: Deps): UsersService {
  const { models, sessions, throttle, passwordCost, clock, createId } = deps
  // Compared with when there is no such user, so that the answer takes as long and tells nothing.
  const nobody = hashPassword(randomBytes(16).toString('hex'), passwordCost)

  return {
    async signIn({ email, password, address }) {
      const known = normaliseEmail(email)
      await throttle.check(known, address)
      const user = await models.users.findOne({ email: known }).lean<User>()
      const matches = await verifyPassword(password, user?.passwordHash ?? (await nobody))
      if (!user || !matches) {
        await throttle.countFailure(known, address)
        throw signInRefused({})
      }
      await throttle.forget(known, address)
      return { session: await sessions.create(user._id), user }
    },

    async createUser({ email, name, password, isPlatformAdmin }) {
      const user: User = {
        _id: createId(),
        email: normaliseEmail(email),
        name,
        passwordHash: await hashPassword(password, passwordCost),
        isPlatformAdmin,
        createdAt: clock.now(),
      }
      try {
        await models.users.create([user])
      } catch (error) {
        if (isDuplicateKey(error)) throw emailTaken({ email: user.email }, { cause: error, param: 'email' })
        throw error
      }
      return user
    },

    async createAdminToken(userId, { name, expiresAt }) {
      const secret = ADMIN_TOKEN_PREFIX + randomBytes(32).toString('base64url')
      const adminToken: AdminToken = {
        _id: createId(),
        userId,
        name,
        hash: hashKey(secret),
        lastFour: secret.slice(-4),
        createdAt: clock.now(),
        expiresAt,
      }
      await models.adminTokens.create([adminToken])
      return { adminToken, secret }
    },

    async revokeAdminToken(userId, tokenId) {
      const { deletedCount } = await models.adminTokens.deleteOne({ _id: tokenId, userId })
      if (deletedCount === 0) throw adminTokenNotFound({})
    },
  }
}

function normaliseEmail(email: string): string {
  return email.trim().toLowerCase()
}
