import { setTimeout } from 'node:timers/promises'
import { createSessions, type Sessions } from './access/session.ts'
import { pinAlerts } from './compose-alerts.ts'
import { composeModules, type Modules } from './compose-modules.ts'
import { connectEngines } from './connect-engines.ts'
import { ensureIndexes } from './database/indexes.ts'
import type { Environment } from './environment.ts'
import type { PasswordCost } from './modules/users/index.ts'
import { createSnapshotsModule } from './modules/snapshots/index.ts'
import { createSnapshotSources } from './snapshot/collect-sources.ts'
import { createPublishSnapshot, type PublishSnapshot } from './snapshot/publish-snapshot.ts'
import { internalKeys } from './snapshot/internal-keys.ts'
import { createQueues } from './open-queues.ts'
import { createSnapshotWriter } from './snapshot/request-publish.ts'
import { createCreditBalance } from '../shared/money/credit-balance.ts'
import { publishSnapshotQueue } from '../shared/queues/publish-snapshot.queue.ts'
import type { Redis } from '../shared/redis/connect.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'

export interface ControlPlane {
  readonly environment: Environment
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
  readonly redis: Redis
  readonly sessions: Sessions
  readonly modules: Modules
  readonly publishSnapshot: PublishSnapshot
  /** Resolves when both MongoDB and Redis answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

interface Deps {
  readonly environment: Environment
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
  /** Which process this is, as Redis lists it. */
  readonly name: string
  /** Waits between readings that are compared; for a test that does not. */
  readonly pause?: (ms: number) => Promise<void>
  /** Left out, what OWASP advises. Tests make hundreds of users. */
  readonly passwordCost?: PasswordCost
}

/**
 * Builds what the API server and the workers have in common, by hand and in order.
 *
 * @throws StartError when MongoDB or Redis is not there
 */
export async function composeControlPlane(deps: Deps): Promise<ControlPlane> {
  const { environment, clock, createId, logger, name, pause = setTimeout, passwordCost } = deps
  const { connection, redis } = await connectEngines(environment, { name, logger })
  const queues = createQueues(redis)
  const queue = queues.open(publishSnapshotQueue)
  const sessions = createSessions({ masterKey: environment.masterKey, clock })
  const snapshotsModule = createSnapshotsModule({
    connection,
    redis,
    clock,
    change: (workspaceId, apply) => snapshots.change(workspaceId, apply),
    pinAlerts: pinAlerts(() => modules.alerts.service),
  })
  const states = snapshotsModule.service
  const snapshots = createSnapshotWriter({ states, queue, logger })
  const credit = createCreditBalance(redis)
  const common = { environment, clock, createId, logger, redis, sessions }
  const own = { pause, passwordCost, connection, credit, queues, snapshots, snapshotsModule }
  const modules = composeModules({ ...common, ...own })
  await ensureIndexes(Object.values(modules).flatMap((module) => [...module.models]))

  const { workspaces, keys, credentials, catalog, abTests, routers, budgets } = modules
  const sources = createSnapshotSources({
    workspaces: workspaces.readModel,
    keys: keys.readModel,
    credentials: credentials.readModel,
    catalog: catalog.readModel,
    abTests: abTests.readModel,
    routers: routers.readModel,
    budgets: budgets.readModel,
    prices: modules.prices.readModel,
    routingQuality: modules.routingQuality.readModel,
    internalKeysOf: (workspaceId) => internalKeys(workspaceId, environment),
  })
  return {
    ...common,
    modules,
    publishSnapshot: createPublishSnapshot({ sources, states, redis, logger }),
    async ping() {
      await Promise.all([redis.ping(), connection.db?.admin().ping()])
    },
    async close() {
      await queues.close()
      redis.disconnect()
      await connection.close()
    },
  }
}
