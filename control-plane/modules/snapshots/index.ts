// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Redis } from '../../../shared/redis/connect.ts'
import { createSnapshotModels } from './snapshots.model.ts'
import { createSnapshotReadModel } from './snapshots.read-model.ts'
import { SnapshotsResolver } from './snapshots.resolver.ts'
import { createSnapshotsService, type SnapshotsService } from './snapshots.service.ts'

export { SnapshotsResolver }
export { invalidSnapshot } from './snapshots.errors.ts'
export type { SnapshotReadModel } from './snapshots.read-model.ts'
export type { SnapshotsService, SnapshotStates } from './snapshots.service.ts'

type ServiceDeps = Parameters<typeof createSnapshotsService>[0]

interface Deps extends Pick<ServiceDeps, 'change' | 'pinAlerts' | 'clock'> {
  readonly connection: Connection
  readonly redis: Redis
}

export type SnapshotsModule = ReturnType<typeof createSnapshotsModule>

export function createSnapshotsModule({ connection, redis, ...deps }: Deps) {
  const { states: model, ...models } = createSnapshotModels(connection)
  const revisions = createWorkspaceCollection(models.revisions)
  const pins = createWorkspaceCollection(models.pins)
  const readModel = createSnapshotReadModel({ model, revisions, pins, redis })
  const service: SnapshotsService = createSnapshotsService({ ...deps, model, revisions, pins, readModel })
  return {
    models: [model, models.revisions, models.pins] as const,
    service,
    readModel,
    resolver: new SnapshotsResolver(service, readModel),
  }
}
