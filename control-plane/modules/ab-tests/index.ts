// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createAbTestModels } from './ab-tests.model.ts'
import { createAbTestsReadModel } from './ab-tests.read-model.ts'
import { AbTestsResolver } from './ab-tests.resolver.ts'
import { createAbTestsService } from './ab-tests.service.ts'
import type { RouterFacts } from './change-variants.ts'
import type { MeasuredValues } from './read-comparison.ts'

export { AbTestsResolver }
export type { AbTestsReadModel } from './ab-tests.read-model.ts'
export type { AbTestsService } from './ab-tests.service.ts'
export type { RouterFact, RouterFacts } from './change-variants.ts'
export type { MeasuredValues } from './read-comparison.ts'

interface Deps {
  readonly connection: Connection
  readonly snapshots: SnapshotWriter
  /** The routers of a workspace, with the A/B tests they send requests to. */
  readonly routers: RouterFacts
  readonly measured: MeasuredValues
  readonly clock: Clock
  readonly createId: CreateId
}

export function createAbTestsModule({ connection, measured, ...deps }: Deps) {
  const models = createAbTestModels(connection)
  const collections = {
    abTests: createWorkspaceCollection(models.abTests),
    variants: createWorkspaceCollection(models.variants),
    exposures: createWorkspaceCollection(models.exposures),
  }
  const service = createAbTestsService({ ...deps, ...collections })
  const readModel = createAbTestsReadModel({ ...collections, measured, clock: deps.clock })
  return { models: Object.values(models), service, readModel, resolver: new AbTestsResolver(service, readModel) }
}
