import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { namedAccount, type AccountId } from '../../../shared/money/account.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Budget, BudgetSettlement } from './budget-documents.ts'

/** What was spent in an account of a budget by one settlement; below zero. */
interface SpentSettlement {
  readonly settlementId: string
  readonly amount: Nanodollars
  readonly isTold: false
}

/** What Redis is compared with, of one account of a budget. Amounts are below zero: what is allowed, Redis has. */
interface BudgetAccountBooks {
  readonly account: AccountId
  /** Of all that was written up to a time. */
  sumUntil(until: number): Promise<Nanodollars>
  /** What was written after a time. */
  recent(after: number): Promise<SpentSettlement[]>
  /** Those of some settlements that are here. */
  settlements(
    ids: readonly string[],
  ): Promise<Map<string, { readonly found: Nanodollars; readonly whole: Nanodollars }>>
}

export interface BudgetAudit {
  /** Of the accounts that are kept in Redis. */
  booksOf(workspaceId: string): Promise<BudgetAccountBooks[]>
}

interface Deps {
  readonly budgets: WorkspaceCollection<Budget>
  readonly settlements: WorkspaceCollection<BudgetSettlement>
}

export function createBudgetAudit({ budgets, settlements }: Deps): BudgetAudit {
  return {
    async booksOf(workspaceId) {
      const open = await budgets.find(workspaceId, { deletedAt: null }, { sort: { _id: 1 } })
      return open.flatMap(({ opened }) => opened.map(({ account }) => createBooks(settlements, workspaceId, account)))
    },
  }
}

function createBooks(
  settlements: WorkspaceCollection<BudgetSettlement>,
  workspaceId: string,
  account: string,
): BudgetAccountBooks {
  return {
    account: namedAccount(workspaceId, account),

    async sumUntil(until) {
      const spent = await settlements.sum(workspaceId, { account, at: { $lte: until } }, 'amountNanodollars')
      return nanodollars(0 - spent)
    },

    async recent(after) {
      const found = await settlements.find(workspaceId, { account, at: { $gt: after } })
      return found.map(({ settlementId, amountNanodollars }) => {
        return { settlementId, amount: nanodollars(0 - amountNanodollars), isTold: false }
      })
    },

    async settlements(ids) {
      const found = await settlements.find(workspaceId, { _id: { $in: ids.map((id) => `${account} ${id}`) } })
      return new Map(
        found.map(({ settlementId, amountNanodollars }) => {
          const amount = nanodollars(0 - amountNanodollars)
          return [settlementId, { found: amount, whole: amount }]
        }),
      )
    },
  }
}
