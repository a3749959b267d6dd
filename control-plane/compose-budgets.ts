import type { Connection } from 'mongoose'
import type { AbTestsReadModel } from './modules/ab-tests/index.ts'
import type { AlertsService } from './modules/alerts/index.ts'
import { createBudgetsModule, type KeepReleased, type ThresholdAlerts } from './modules/budgets/index.ts'
import type { KeysReadModel } from './modules/keys/index.ts'
import type { SnapshotWriter } from './snapshot/request-publish.ts'
import type { CreditBalance } from '../shared/money/credit-balance.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'

interface Deps {
  readonly connection: Connection
  readonly credit: CreditBalance
  readonly snapshots: SnapshotWriter
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

interface Neighbours {
  readonly keys: { readonly readModel: KeysReadModel }
  readonly abTests: { readonly readModel: AbTestsReadModel }
  readonly alerts: { readonly service: AlertsService }
  readonly keepReleased: KeepReleased
}

/** Builds the module of budgets, and joins it to what it asks of other modules. */
export function composeBudgets(deps: Deps, { keys, abTests, alerts, keepReleased }: Neighbours) {
  const { connection, credit, snapshots, clock, createId, logger } = deps
  return createBudgetsModule({
    connection,
    credit,
    snapshots,
    alerts: thresholdAlerts(alerts.service),
    keepReleased,
    hasKey: async (workspaceId, keyId) => (await keys.readModel.names(workspaceId, [keyId])).has(keyId),
    hasAbTest: async (workspaceId, abTestId) =>
      (await abTests.readModel.liveIds(workspaceId, [abTestId])).has(abTestId),
    clock,
    createId,
    logger,
  })
}

function thresholdAlerts({ raise, resolveSubject }: AlertsService): ThresholdAlerts {
  const kind = 'budget_threshold'
  return {
    raise: (alert) => raise({ ...alert, kind, owner: 'config' }),
    resolve: (workspaceId, subject) => resolveSubject(workspaceId, { kind, subject }),
  }
}
