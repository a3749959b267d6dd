// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { createCatalogModels } from './catalog.model.ts'
import { createCatalogReadModel } from './catalog.read-model.ts'
import { CatalogResolver } from './catalog.resolver.ts'
import { createCatalogService } from './catalog.service.ts'
import type { ModelCredentials } from './model-access.ts'

export { CatalogResolver }
export type { CatalogReadModel } from './catalog.read-model.ts'
export type { CatalogService } from './catalog.service.ts'
export { coveredGateways, hostedModels } from './catalog-sources.ts'
export { ModelPriceType } from './catalog.types.ts'
export type { CatalogChange, CatalogEntry } from './change-catalog.ts'
export { timeOfDay, type DatedPrice } from './dated-prices.ts'
export { installedPriceList, type PriceList } from './installed-price-list.ts'
export { PRICE_CLASSES, type PriceChange, type PriceClass } from './price-cells.ts'
export { comingPrices, costTheSame, DIFF_KINDS, diffPrices, PRICE_FLAGS, type DiffEntry } from './price-diff.ts'
export { LONGEST_CALL_MS, pricesFrom, type PriceVersion } from './price-timeline.ts'
export { readPriceFile } from './read-price-file.ts'
export { toPriceType } from './to-model-type.ts'

interface Deps {
  readonly connection: Connection
  readonly credentials: ModelCredentials
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
}

export function createCatalogModule({ connection, ...deps }: Deps) {
  const models = createCatalogModels(connection)
  const workspaceModels = createWorkspaceCollection(models.workspaceModels)
  const service = createCatalogService({ ...deps, models, workspaceModels })
  const readModel = createCatalogReadModel({ models, workspaceModels, clock: deps.clock })
  return {
    models: [models.catalogModels, models.seeds, models.workspaceModels] as const,
    service,
    readModel,
    resolver: new CatalogResolver({ service, readModel, clock: deps.clock }),
  }
}
