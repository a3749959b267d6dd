import type { Connection } from 'mongoose'
import type { AlertsService } from './modules/alerts/index.ts'
import type { LedgerAudit } from './modules/billing/index.ts'
import type { BudgetAudit } from './modules/budgets/index.ts'
import { createReconciliationsModule, type AccountBooks, type DriftAlerts } from './modules/reconciliations/index.ts'
import type { RequestLogsReadModel } from './modules/request-logs/index.ts'
import type { WorkspacesReadModel } from './modules/workspaces/index.ts'
import { createAccountAudit } from '../shared/money/account-audit.ts'
import type { CreditBalance } from '../shared/money/credit-balance.ts'
import { createGenerationBatches } from '../shared/queues/generation-batches.ts'
import type { Redis } from '../shared/redis/connect.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'

interface Deps {
  readonly connection: Connection
  readonly redis: Redis
  readonly credit: CreditBalance
  readonly clock: Clock
  readonly createId: CreateId
  readonly pause: (ms: number) => Promise<void>
}

interface Neighbours {
  readonly alerts: { readonly service: AlertsService }
  readonly billing: {
    readonly audit: LedgerAudit
    readonly noteRepair: (workspaceId: string, note: { cause: string; reason: string }) => Promise<void>
  }
  readonly budgets: { readonly audit: BudgetAudit }
  readonly requestLogs: { readonly readModel: RequestLogsReadModel }
  readonly workspaces: { readonly readModel: WorkspacesReadModel }
}

/** Builds the module that compares Redis, the ledger and the calls, and joins it to those that have them. */
export function composeReconciliations(deps: Deps, { alerts, billing, budgets, requestLogs, workspaces }: Neighbours) {
  const { redis, ...common } = deps
  return createReconciliationsModule({
    ...common,
    audit: createAccountAudit(redis),
    batches: createGenerationBatches(redis),
    booksOf: async (workspaceId) => [
      creditBooks(billing.audit, workspaceId),
      ...(await budgets.audit.booksOf(workspaceId)),
    ],
    noteRepair: billing.noteRepair,
    ledgerCharges: billing.audit.chargesByPiece,
    generationCharges: requestLogs.readModel.chargesByPiece,
    budgetSpending: budgets.audit.spendingByPiece,
    generationSpending: requestLogs.readModel.spendingByPiece,
    oldestCallAt: requestLogs.readModel.oldestCallAt,
    alerts: driftAlerts(alerts.service),
    hasWorkspace: workspaces.readModel.exists,
  })
}

function creditBooks(audit: LedgerAudit, workspaceId: string): AccountBooks {
  return {
    account: workspaceId,
    sumUntil: (until, options) => audit.sumUntil(workspaceId, until, options),
    recent: (after) => audit.recent(workspaceId, after),
    settlements: (ids) => audit.settlements(workspaceId, ids),
  }
}

function driftAlerts({ raise, resolveSubject }: AlertsService): DriftAlerts {
  const kind = 'balance_drift'
  return {
    raise: (alert) => raise({ ...alert, kind, owner: 'platform' }),
    resolve: (workspaceId, subject) => resolveSubject(workspaceId, { kind, subject }),
  }
}
