import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { AccountId } from '../../../shared/money/account.ts'
import type { ReleasedLease } from '../../../shared/money/credit-balance.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import type { BudgetAccounts } from './budget-accounts.ts'
import type { Budget } from './budget-documents.ts'
import { openPeriods } from './budget-periods.ts'
import type { ThresholdWatch } from './watch-thresholds.ts'

/** What has to be done for budgets from time to time, or again. Every part may run at any time, in many processes at once. */
export interface KeepBudgets {
  /**
   * Opens the accounts of the next period, mends those that Redis lost, gives back what dead processes hold, tells of
   * what is spent, and forgets what is long over. For the sweep, with all budgets, and after a change of one.
   */
  keep(budgets: readonly Budget[]): Promise<void>
  /** Restores the accounts of a workspace's budgets in Redis, from MongoDB alone, where there are none. Gives how many. */
  restoreBudgets(workspaceId: string): Promise<number>
}

/** Keeps what processes held that died. */
export type KeepReleased = (account: AccountId, released: readonly ReleasedLease[]) => Promise<void>

interface Deps {
  readonly budgets: WorkspaceCollection<Budget>
  readonly accounts: BudgetAccounts
  readonly watch: ThresholdWatch
  readonly keepReleased: KeepReleased
  readonly clock: Clock
  readonly logger: Logger
}

export function createKeepBudgets(deps: Deps): KeepBudgets {
  const { budgets, accounts, watch, keepReleased, clock, logger } = deps

  return {
    async keep(all) {
      for (const budget of all) {
        try {
          await keepOne(budget)
        } catch (error) {
          // One budget's trouble must not keep the others waiting; the next sweep tries again.
          const { _id: budgetId, workspaceId } = budget
          logger.warn({ err: error, workspaceId, budgetId }, 'a budget could not be kept up; the sweep tries again')
        }
      }
    },

    async restoreBudgets(workspaceId) {
      let restored = 0
      for (const budget of await budgets.find(workspaceId, { deletedAt: null })) {
        restored += await accounts.keepOpen(await markOpened(budget))
      }
      return restored
    },
  }

  async function keepOne(budget: Budget): Promise<void> {
    if (budget.deletedAt === null) {
      await release(budget)
      const marked = await markOpened(budget)
      await accounts.keepOpen(marked)
      await watch.check(marked)
    }
    await accounts.forgetEnded(budget)
  }

  async function release(budget: Budget): Promise<void> {
    const { _id: budgetId, workspaceId } = budget
    const { account, released } = await accounts.releaseExpired(budget)
    if (released.length === 0) return
    logger.warn({ workspaceId, budgetId, released }, 'what processes that are gone held of a budget was given back')
    await keepReleased(account, released)
  }

  /** Notes the accounts that are about to be opened. */
  async function markOpened(budget: Budget): Promise<Budget> {
    const known = new Set(budget.opened.map(({ account }) => account))
    const missing = accountsToOpen(budget, clock.now()).filter(({ account }) => !known.has(account))
    if (missing.length === 0) return budget
    const note = { $addToSet: { opened: { $each: missing } } }
    return (await budgets.update(budget.workspaceId, { _id: budget._id }, note)) ?? budget
  }
}

/** Of the period that a time is in, and of the next. */
export function accountsToOpen({ _id: id, period }: Pick<Budget, '_id' | 'period'>, atMs: number): Budget['opened'] {
  return openPeriods({ id, period }, atMs).map(({ account, endsAt }) => ({ account, endsAt }))
}
