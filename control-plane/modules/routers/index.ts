// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createRouterModel } from './routers.model.ts'
import { createRoutersReadModel } from './routers.read-model.ts'
import { RoutersResolver } from './routers.resolver.ts'
import { createRoutersService, type AbTestFacts } from './routers.service.ts'

export { RoutersResolver }
export type { RoutersReadModel } from './routers.read-model.ts'
export type { AbTestFacts, RoutersService } from './routers.service.ts'

interface Deps {
  readonly connection: Connection
  readonly abTests: AbTestFacts
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
}

export function createRoutersModule({ connection, ...deps }: Deps) {
  const model = createRouterModel(connection)
  const routers = createWorkspaceCollection(model)
  const service = createRoutersService({ ...deps, routers })
  const readModel = createRoutersReadModel({ routers, clock: deps.clock })
  return { models: [model], service, readModel, resolver: new RoutersResolver(service, readModel) }
}
