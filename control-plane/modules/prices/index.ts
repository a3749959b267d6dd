// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { FindPlace } from './override-prices.ts'
import type { PriceAlerts, PricedCatalog } from './propose-prices.ts'
import { createPriceModels } from './prices.model.ts'
import { createPricesReadModel } from './prices.read-model.ts'
import { PricesResolver } from './prices.resolver.ts'
import { createPricesService } from './prices.service.ts'

export { PricesResolver }
export { priceFileTooLarge } from './prices.errors.ts'
export type { PriceAlerts } from './propose-prices.ts'
export type { PricesReadModel } from './prices.read-model.ts'
export type { PricesService } from './prices.service.ts'
export { toProposalType } from './to-price-types.ts'

interface Deps {
  readonly connection: Connection
  readonly catalog: PricedCatalog
  readonly findPlace: FindPlace
  readonly alerts: PriceAlerts
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
}

export function createPricesModule({ connection, catalog, findPlace, alerts, snapshots, clock, createId }: Deps) {
  const models = createPriceModels(connection)
  const overrides = createWorkspaceCollection(models.overrides)
  const service = createPricesService({ models, catalog, alerts, overrides, findPlace, snapshots, clock, createId })
  const readModel = createPricesReadModel({ models, overrides, catalogEntries: () => catalog.entries(), clock })
  return {
    models: [models.proposals, models.entries, models.overrides] as const,
    service,
    readModel,
    resolver: new PricesResolver({ service, readModel, clock }),
  }
}
