import type { Connection } from 'mongoose'
import type { Sessions } from './access/session.ts'
import { createAlertsModule, type AlertsService, type NewAlert } from './modules/alerts/index.ts'
import { createBillingModule } from './modules/billing/index.ts'
import { createCatalogModule } from './modules/catalog/index.ts'
import { createCredentialsModule, type RefusalAlerts } from './modules/credentials/index.ts'
import { createKeysModule } from './modules/keys/index.ts'
import { createRequestLogsModule, type UnpricedModel } from './modules/request-logs/index.ts'
import type { SnapshotsModule } from './modules/snapshots/index.ts'
import { createUsersModule, userNotFound, type UsersReadModel } from './modules/users/index.ts'
import { createWorkspacesModule } from './modules/workspaces/index.ts'
import type { SnapshotWriter } from './snapshot/request-publish.ts'
import type { Environment } from './environment.ts'
import type { CreditBalance } from '../shared/money/credit-balance.ts'
import { nanodollars } from '../shared/money/nanodollars.ts'
import type { Redis } from '../shared/redis/connect.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'

export interface ModuleDeps {
  readonly connection: Connection
  readonly redis: Redis
  readonly environment: Environment
  readonly credit: CreditBalance
  readonly sessions: Sessions
  readonly snapshotsModule: SnapshotsModule
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

export type Modules = ReturnType<typeof composeModules>

/**
 * Builds every module and joins them: what one asks of another is a function given here, so that no module imports
 * another one. A function that looks at a module made further down is only called once all of them are there.
 */
export function composeModules(deps: ModuleDeps) {
  const { connection, redis, environment, credit, sessions, snapshots, snapshotsModule, clock, createId, logger } = deps
  const users = createUsersModule({ connection, redis, sessions, clock, createId })
  const keys = createKeysModule({ connection, snapshots, keyPrefix: environment.keyPrefix, clock, createId })
  const billing = createBillingModule({
    connection,
    credit,
    findCreditPrice: async (workspaceId) => {
      const settings = await workspaces.readModel.snapshotSettings(workspaceId)
      return settings && nanodollars(settings.creditNanodollars)
    },
    clock,
    createId,
    logger,
  })
  const workspaces = createWorkspacesModule({
    connection,
    snapshots,
    openBalance: billing.service.openBalance,
    pricing: environment.pricing,
    users: userDirectory(users.readModel),
    clock,
    createId,
  })
  const alerts = createAlertsModule({ connection, clock, createId })
  const { masterKey, upstreamPolicy } = environment
  const credentials = createCredentialsModule({
    connection,
    snapshots,
    masterKey,
    upstreamPolicy,
    findModelUsing: (workspaceId, credentialId) => catalog.readModel.findModelUsing(workspaceId, credentialId),
    refusalAlerts: refusalAlerts(alerts.service),
    clock,
    createId,
  })
  const catalog = createCatalogModule({
    connection,
    credentials: { ...credentials.service, ...credentials.readModel },
    snapshots,
    clock,
    createId,
  })
  const requestLogs = createRequestLogsModule({
    connection,
    recordCharges: billing.service.recordCharges,
    followers: [],
    alertOfUnknownPrice: (unpriced) => alerts.service.raise(unknownPriceAlert(unpriced)),
    keyNames: keys.readModel.names,
    workspaceIdsOf: (caller) =>
      caller.isPlatformAdmin ? workspaces.readModel.listAllIds() : workspaces.readModel.listIdsOfUser(caller.userId),
  })
  return { users, keys, billing, workspaces, credentials, catalog, requestLogs, alerts, snapshots: snapshotsModule }
}

function refusalAlerts({ raise, resolveSubject }: AlertsService): RefusalAlerts {
  const kind = 'credential_refused'
  return {
    raise: (alert) => raise({ ...alert, kind }),
    resolve: (workspaceId, subject) => resolveSubject(workspaceId, { kind, subject }),
  }
}

function unknownPriceAlert({ workspaceId, model, gateway }: UnpricedModel): NewAlert {
  const message =
    `Calls of ${model} at ${gateway} were served at a price that is not known: their cost is recorded as unknown. ` +
    'Give the model a price: as a model of the workspace (createModel, updateModel).'
  return { workspaceId, kind: 'price_unknown', subject: `${gateway}:${model}`, message, owner: 'config' }
}

function userDirectory(readModel: UsersReadModel) {
  return {
    summaries: readModel.summaries,
    async findByEmail(email: string): Promise<{ id: string }> {
      const user = await readModel.findByEmail(email)
      if (!user) throw userNotFound({}, { param: 'email' })
      return { id: user._id }
    },
  }
}
