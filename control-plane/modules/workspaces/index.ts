// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { SnapshotSettings } from '../../../shared/snapshot/snapshot-schema.ts'
import { createWorkspaceModels } from './workspaces.model.ts'
import { createWorkspacesReadModel } from './workspaces.read-model.ts'
import { WorkspacesResolver, type UserDirectory } from './workspaces.resolver.ts'
import { createWorkspacesService } from './workspaces.service.ts'

export { WorkspacesResolver }
export type { WorkspacesReadModel } from './workspaces.read-model.ts'
export type { WorkspacesService } from './workspaces.service.ts'

interface Deps {
  readonly connection: Connection
  readonly snapshots: SnapshotWriter
  readonly openBalance: (workspaceId: string) => Promise<void>
  readonly pricing: Pick<SnapshotSettings, 'markupMillionths' | 'creditNanodollars'>
  readonly users: UserDirectory
  readonly clock: Clock
  readonly createId: CreateId
}

export function createWorkspacesModule({ connection, users, ...deps }: Deps) {
  const models = createWorkspaceModels(connection)
  const members = createWorkspaceCollection(models.members)
  const service = createWorkspacesService({ ...deps, models, members })
  const readModel = createWorkspacesReadModel({ models, members })
  return {
    models: [models.workspaces, models.members] as const,
    service,
    readModel,
    resolver: new WorkspacesResolver({ service, readModel, users }),
  }
}
