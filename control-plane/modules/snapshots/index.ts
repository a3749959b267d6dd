// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import type { Redis } from '../../../shared/redis/connect.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { createSnapshotStateModel } from './snapshots.model.ts'
import { createSnapshotReadModel } from './snapshots.read-model.ts'
import { SnapshotsResolver } from './snapshots.resolver.ts'
import { createSnapshotStates } from './snapshots.service.ts'

export { SnapshotsResolver }
export { invalidSnapshot } from './snapshots.errors.ts'
export type { SnapshotReadModel } from './snapshots.read-model.ts'
export type { SnapshotStates } from './snapshots.service.ts'

interface Deps {
  readonly connection: Connection
  readonly redis: Redis
  readonly clock: Clock
}

export type SnapshotsModule = ReturnType<typeof createSnapshotsModule>

export function createSnapshotsModule({ connection, redis, clock }: Deps) {
  const model = createSnapshotStateModel(connection)
  const readModel = createSnapshotReadModel({ model, redis })
  return {
    models: [model],
    service: createSnapshotStates({ model, clock }),
    readModel,
    resolver: new SnapshotsResolver(readModel),
  }
}
