// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { QualitySources } from './quality-sources.ts'
import { createRoutingQualityModels } from './routing-quality.model.ts'
import { createRoutingQualityReadModel } from './routing-quality.read-model.ts'
import { RoutingQualityResolver } from './routing-quality.resolver.ts'
import { createRoutingQualityService } from './routing-quality.service.ts'

export { RoutingQualityResolver }
export type { QualitySources } from './quality-sources.ts'
export type { RoutingQualityReadModel } from './routing-quality.read-model.ts'
export type { RoutingQualityService } from './routing-quality.service.ts'

interface Deps {
  readonly connection: Connection
  readonly sources: QualitySources
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
}

export function createRoutingQualityModule({ connection, sources, snapshots, clock }: Deps) {
  const models = createRoutingQualityModels(connection)
  const learned = createWorkspaceCollection(models.learned)
  const runs = createWorkspaceCollection(models.runs)
  const readModel = createRoutingQualityReadModel(learned)
  return {
    models: Object.values(models),
    service: createRoutingQualityService({ learned, runs, sources, snapshots, clock }),
    readModel,
    resolver: new RoutingQualityResolver(readModel, sources.isWanted),
  }
}
