import type { Connection } from 'mongoose'
import { PLATFORM_WORKSPACE } from './access/permissions.ts'
import type { AlertsService } from './modules/alerts/index.ts'
import type { createCatalogModule } from './modules/catalog/index.ts'
import { createPricesModule, type PriceAlerts } from './modules/prices/index.ts'
import type { SnapshotWriter } from './snapshot/request-publish.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'

interface Deps {
  readonly connection: Connection
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
}

interface Neighbours {
  readonly alerts: AlertsService
  readonly catalog: ReturnType<typeof createCatalogModule>
}

/** What changes prices, joined to the catalog that has them. */
export function composePrices({ connection, snapshots, clock, createId }: Deps, { alerts, catalog }: Neighbours) {
  const { service, readModel } = catalog
  return createPricesModule({
    connection,
    catalog: {
      entries: readModel.entries,
      knownLists: readModel.knownLists,
      applyChanges: service.applyChanges,
      noteCompared: service.noteCompared,
    },
    findPlace: readModel.findPlace,
    alerts: priceAlerts(alerts),
    snapshots,
    clock,
    createId,
  })
}

function priceAlerts({ raise, resolveSubject }: AlertsService): PriceAlerts {
  const kind = 'price_update'
  const workspaceId = PLATFORM_WORKSPACE
  return {
    raise: (subject, message) => raise({ workspaceId, kind, subject, message, owner: 'config' }),
    resolve: (subject) => resolveSubject(workspaceId, { kind, subject }),
  }
}
