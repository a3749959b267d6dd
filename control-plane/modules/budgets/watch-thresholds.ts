import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { RecentMap } from '../../../shared/ab-tests/recent-map.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { BudgetAccounts } from './budget-accounts.ts'
import type { Budget } from './budget-documents.ts'
import { readBudgetAccount } from './budget-periods.ts'
import { compareThresholds, thresholdMessage } from './budget-thresholds.ts'
import type { AccountSettlements } from './settle-budgets.ts'

/** What budgets ask of alerts; the kind is put in by whoever composes them. */
export interface ThresholdAlerts {
  raise(alert: {
    readonly workspaceId: string
    readonly subject: string
    readonly message: string
    readonly owner: 'config'
  }): Promise<void>
  resolve(workspaceId: string, subject: string): Promise<void>
}

/** Has people told when a share of a budget is spent: once for each share and period. */
export interface ThresholdWatch {
  check(budget: Budget): Promise<void>
  /** Checks the budgets that were spent from, each at most once a second: the sweep checks all of them. */
  checkSpent(settled: readonly AccountSettlements[]): Promise<void>
  /** Ends all alerts of a budget. */
  endAlerts(budget: Budget): Promise<void>
}

const CHECK_EVERY_MS = 1_000
const MOST_REMEMBERED = 10_000

interface Deps {
  readonly budgets: WorkspaceCollection<Budget>
  readonly accounts: Pick<BudgetAccounts, 'spending'>
  readonly alerts: ThresholdAlerts
  readonly clock: Clock
}

export function createThresholdWatch({ budgets, accounts, alerts, clock }: Deps): ThresholdWatch {
  const checked = new RecentMap<{ readonly at: number }>(MOST_REMEMBERED)

  const watch: ThresholdWatch = {
    async check(budget) {
      const { _id, workspaceId } = budget
      const { account, spent } = await accounts.spending(budget)
      const { raise, resolve } = compareThresholds(budget, account, spent)
      for (const { subject, percent } of raise) {
        const message = thresholdMessage(budget, account, { spent, percent })
        // First the alert: one that is told of and not marked is followed, not opened, by the next check.
        await alerts.raise({ workspaceId, subject, message, owner: 'config' })
        await budgets.update(workspaceId, { _id }, { $addToSet: { alerted: subject } })
      }
      for (const subject of resolve) await end(budget, subject)
    },

    async checkSpent(settled) {
      const now = clock.now()
      const touched = settled.flatMap(({ workspaceId, account }) => {
        const budgetId = readBudgetAccount(account)?.budgetId
        return budgetId === undefined ? [] : [{ workspaceId, budgetId }]
      })
      const due = touched.filter(({ budgetId }) => now - (checked.get(budgetId)?.at ?? 0) >= CHECK_EVERY_MS)
      for (const { budgetId } of due) checked.set(budgetId, { at: now })
      for (const [workspaceId, own] of Map.groupBy(due, (each) => each.workspaceId)) {
        const ids = own.map(({ budgetId }) => budgetId)
        const found = await budgets.find(workspaceId, { _id: { $in: ids }, deletedAt: null })
        for (const budget of found) await watch.check(budget)
      }
    },

    async endAlerts(budget) {
      for (const subject of budget.alerted) await end(budget, subject)
    },
  }
  return watch

  async function end({ _id, workspaceId }: Budget, subject: string): Promise<void> {
    await alerts.resolve(workspaceId, subject)
    await budgets.update(workspaceId, { _id }, { $pull: { alerted: subject } })
  }
}
