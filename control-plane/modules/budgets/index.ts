// First: type-graphql's decorators look for it when the classes below are read.
import 'reflect-metadata'
import type { Connection } from 'mongoose'
import { createWorkspaceCollection } from '../../database/workspace-collection.ts'
import type { SnapshotWriter } from '../../snapshot/request-publish.ts'
import type { CreditBalance } from '../../../shared/money/credit-balance.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { createBudgetAudit } from './audit-budgets.ts'
import { createBudgetAccounts } from './budget-accounts.ts'
import { createBudgetBooks } from './budget-books.ts'
import { createBudgetTotals } from './budget-totals.ts'
import { createBudgetModels } from './budgets.model.ts'
import { createBudgetsReadModel } from './budgets.read-model.ts'
import { BudgetsResolver } from './budgets.resolver.ts'
import { createBudgetsService } from './budgets.service.ts'
import { createKeepBudgets, type KeepReleased } from './keep-budgets.ts'
import { createThresholdWatch, type ThresholdAlerts } from './watch-thresholds.ts'

export { BudgetsResolver }
export type { BudgetAudit } from './audit-budgets.ts'
export type { BudgetsReadModel } from './budgets.read-model.ts'
export type { BudgetsService } from './budgets.service.ts'
export type { KeepReleased } from './keep-budgets.ts'
export type { ThresholdAlerts } from './watch-thresholds.ts'

interface Deps {
  readonly connection: Connection
  readonly credit: CreditBalance
  readonly snapshots: SnapshotWriter
  readonly alerts: ThresholdAlerts
  readonly keepReleased: KeepReleased
  readonly hasKey: (workspaceId: string, keyId: string) => Promise<boolean>
  readonly hasAbTest: (workspaceId: string, abTestId: string) => Promise<boolean>
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

export function createBudgetsModule({ connection, credit, alerts, keepReleased, clock, logger, ...deps }: Deps) {
  const models = createBudgetModels(connection)
  const budgets = createWorkspaceCollection(models.budgets)
  const settlements = createWorkspaceCollection(models.settlements)
  const totalDocuments = createWorkspaceCollection(models.totals)
  const totals = createBudgetTotals({ model: models.settlements, settlements, totals: totalDocuments, clock })
  const books = createBudgetBooks({ settlements, totals, clock })
  const accounts = createBudgetAccounts({ budgets, books, credit, clock })
  const watch = createThresholdWatch({ budgets, accounts, alerts, clock })
  const keepBudgets = createKeepBudgets({ budgets, accounts, watch, keepReleased, clock, logger })
  const service = createBudgetsService({ ...deps, budgets, accounts, totals, watch, keepBudgets, clock })
  const readModel = createBudgetsReadModel({ model: models.budgets, budgets, accounts, clock })
  const audit = createBudgetAudit({ budgets, settlements, totals: totalDocuments, withRest: totals.withRest })
  return { models: Object.values(models), service, readModel, audit, resolver: new BudgetsResolver(service, readModel) }
}
