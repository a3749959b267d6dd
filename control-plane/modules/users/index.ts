// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import type { Sessions } from '../../access/session.ts'
import type { Redis } from '../../../shared/redis/connect.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { PasswordCost } from './password-hash.ts'
import { createSignInThrottle } from './sign-in-throttle.ts'
import { createUserModels } from './users.model.ts'
import { createUsersReadModel } from './users.read-model.ts'
import { UsersResolver } from './users.resolver.ts'
import { createUsersService } from './users.service.ts'

export { UsersResolver }
export { emailTaken, userNotFound } from './users.errors.ts'
export type { PasswordCost } from './password-hash.ts'
export type { UsersReadModel } from './users.read-model.ts'
export type { UsersService } from './users.service.ts'

interface Deps {
  readonly connection: Connection
  readonly redis: Redis
  readonly sessions: Sessions
  /** What is usual where it is left out. */
  readonly passwordCost: PasswordCost | undefined
  readonly clock: Clock
  readonly createId: CreateId
}

export function createUsersModule({ connection, redis, sessions, passwordCost, clock, createId }: Deps) {
  const models = createUserModels(connection)
  const throttle = createSignInThrottle(redis)
  const service = createUsersService({ models, sessions, throttle, passwordCost, clock, createId })
  const readModel = createUsersReadModel({ models, clock })
  return {
    models: [models.users, models.adminTokens] as const,
    service,
    readModel,
    resolver: new UsersResolver(service, readModel),
  }
}
