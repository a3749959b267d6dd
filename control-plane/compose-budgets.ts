import type { Connection } from 'mongoose'
import type { AbTestsReadModel } from './modules/ab-tests/index.ts'
import type { AlertsService } from './modules/alerts/index.ts'
import { createBudgetsModule, type ThresholdAlerts } from './modules/budgets/index.ts'
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
  readonly keys: KeysReadModel
  readonly abTests: AbTestsReadModel
  readonly alerts: AlertsService
}

/** Builds the module of budgets, and joins it to what it asks of other modules. */
export function composeBudgets(deps: Deps, { keys, abTests, alerts }: Neighbours) {
  const { connection, credit, snapshots, clock, createId, logger } = deps
  return createBudgetsModule({
    connection,
    credit,
    snapshots,
    alerts: thresholdAlerts(alerts),
    hasKey: async (workspaceId, keyId) => (await keys.names(workspaceId, [keyId])).has(keyId),
    hasAbTest: async (workspaceId, abTestId) => (await abTests.liveIds(workspaceId, [abTestId])).has(abTestId),
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
