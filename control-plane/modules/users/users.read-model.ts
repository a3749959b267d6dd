import type { Caller } from '../../access/caller.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { hashKey } from '../../../shared/secrets/hash-key.ts'
import type { AdminToken, User, UserModels } from './users.model.ts'

export type { AdminToken, User }

export interface UserSummary {
  readonly id: string
  readonly email: string
  readonly name: string
}

export interface UsersReadModel {
  find(userId: string): Promise<User | null>
  findByEmail(email: string): Promise<User | null>
  summaries(userIds: readonly string[]): Promise<Map<string, UserSummary>>
  /** The user an admin token stands for; null when it is unknown or has expired. */
  findAdminTokenUser(token: string): Promise<string | null>
  listAdminTokens(userId: string): Promise<AdminToken[]>
  findCaller(userId: string): Promise<Caller | null>
  hasUsers(): Promise<boolean>
  findFirstPlatformAdmin(): Promise<User | null>
}

interface Deps {
  readonly models: UserModels
  readonly clock: Clock
}

export function createUsersReadModel({ models, clock }: Deps): UsersReadModel {
  const find = async (userId: string): Promise<User | null> => models.users.findById(userId).lean<User>()

  return {
    find,

    async findByEmail(email) {
      return models.users.findOne({ email: email.trim().toLowerCase() }).lean<User>()
    },

    async summaries(userIds) {
      const users = await models.users.find({ _id: { $in: [...userIds] } }).lean<User[]>()
      return new Map(users.map((user) => [user._id, { id: user._id, email: user.email, name: user.name }]))
    },

    async findAdminTokenUser(token) {
      const found = await models.adminTokens.findOne({ hash: hashKey(token) }).lean<AdminToken>()
      if (!found || (found.expiresAt !== null && found.expiresAt <= clock.now())) return null
      return found.userId
    },

    async listAdminTokens(userId) {
      return models.adminTokens.find({ userId }).sort({ _id: -1 }).lean<AdminToken[]>()
    },

    async findCaller(userId) {
      const user = await find(userId)
      return user && { userId: user._id, email: user.email, isPlatformAdmin: user.isPlatformAdmin }
    },

    async hasUsers() {
      return (await models.users.exists({})) !== null
    },

    async findFirstPlatformAdmin() {
      return models.users.findOne({ isPlatformAdmin: true }).sort({ _id: 1 }).lean<User>()
    },
  }
}
