import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { namedAccount, type AccountId } from '../../../shared/money/account.ts'
import type { CreditBalance, ReleasedLease } from '../../../shared/money/credit-balance.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { BudgetBooks, LongWritten } from './budget-books.ts'
import type { Budget } from './budget-documents.ts'
import { openPeriods, periodAt, readBudgetAccount, type BudgetPeriodAccount } from './budget-periods.ts'
import type { AccountSettlements } from './settle-budgets.ts'

/**
 * The accounts of budgets: what was spent is in MongoDB, one document for each settlement; what is left is in Redis,
 * where calls are served from.
 *
 * A settlement is written before Redis is told of it. So an account that Redis does not know is restored as the limit
 * less the sum of the documents, with the ids of the latest among them, which may yet be told again. It is exact at any
 * moment: a document that was in the sum is remembered by its id; of one that was not, the writer has yet to tell Redis.
 * A writer that finds no account there restores it, which takes its document in, and tells again. It announces a
 * settlement to Redis before it writes it, so that what has long been written was taken, whoever died since, and is not
 * taken again however late it comes (`billing/record-charges.ts` says it of credits).
 */
export interface BudgetAccounts {
  /** Has Redis know of the accounts of this period and the next, with the limit as it is. Gives how many it restored. */
  keepOpen(budget: Budget): Promise<number>
  /**
   * Keeps what records took, and takes it off the live accounts, each settlement once.
   *
   * @param keptAt when the first run kept the records, ms; null: this one did
   */
  settle(settled: readonly AccountSettlements[], keptAt: number | null): Promise<void>
  spending(budget: Budget): Promise<BudgetSpending>
  /** Gives back what processes hold of this period that died. */
  releaseExpired(budget: Budget): Promise<{ readonly account: AccountId; readonly released: ReleasedLease[] }>
  /** Takes accounts out of Redis whose time is long over; a deleted budget that has none left is gone. */
  forgetEnded(budget: Budget): Promise<void>
}

export interface BudgetSpending {
  /** Of the current period: the account's name. */
  readonly account: string
  readonly spent: Nanodollars
  /** Held by calls under way; null: Redis is away, or does not know of the account yet. */
  readonly reserved: Nanodollars | null
}

/** As long as a record may wait on a disk or in a queue, and a day for the call. */
export const FORGET_AFTER_MS = 8 * 24 * 3_600_000

type Tell = 'announce' | 'settle' | 'confirm'

interface Deps {
  readonly budgets: Pick<WorkspaceCollection<Budget>, 'findOne' | 'update' | 'delete'>
  readonly books: BudgetBooks
  readonly credit: Pick<CreditBalance, 'read' | 'seed' | 'allow' | Tell | 'releaseExpired' | 'forget'>
  readonly clock: Clock
}

export function createBudgetAccounts(deps: Deps): BudgetAccounts {
  const { budgets, books, credit, clock } = deps
  const { restore, allow } = createOpenAccount(deps)
  const { announce, tell, confirm } = createTellSettlements(deps)
  const currentPeriod = (budget: Budget): BudgetPeriodAccount => periodAt(settingsOf(budget), clock.now())

  return {
    async keepOpen(budget) {
      const { workspaceId } = budget
      let restored = 0
      for (const { account: name } of openPeriods(settingsOf(budget), clock.now())) {
        const account = namedAccount(workspaceId, name)
        const live = await credit.read(account)
        if (live === null && (await restore(workspaceId, name))) restored += 1
        if (live?.allowance !== budget.limitNanodollars) await allow(budget, account)
      }
      return restored
    },

    async settle(settled, keptAt) {
      const isLongWritten = keptAt === null ? () => false : await books.findLongWritten(settled, keptAt)
      const { before, fresh } = splitSettlements(settled, isLongWritten)
      await Promise.all(fresh.map(announce))
      await books.write(fresh)
      await Promise.all(fresh.map(tell))
      await Promise.all(before.map(confirm))
    },

    async spending(budget) {
      const { account } = currentPeriod(budget)
      const live = await credit.read(namedAccount(budget.workspaceId, account)).catch(() => null)
      if (live === null || live.allowance === null) {
        return { account, spent: await books.spent(budget.workspaceId, account), reserved: null }
      }
      const { allowance, balance, reserved } = live
      return { account, spent: nanodollars(allowance - balance - reserved), reserved }
    },

    async releaseExpired(budget) {
      const account = namedAccount(budget.workspaceId, currentPeriod(budget).account)
      return { account, released: await credit.releaseExpired(account, clock.now()) }
    },

    async forgetEnded({ _id, workspaceId, opened, deletedAt }) {
      const until = clock.now() - FORGET_AFTER_MS
      const isGone = deletedAt !== null && deletedAt <= until
      for (const { account, endsAt } of opened) {
        if (!isGone && (endsAt === null || endsAt > until)) continue
        await credit.forget(namedAccount(workspaceId, account))
        await budgets.update(workspaceId, { _id }, { $pull: { opened: { account } } })
      }
      if (isGone) await budgets.delete(workspaceId, { _id })
    },
  }
}

function createOpenAccount({ budgets, books, credit }: Deps) {
  return {
    /** Sets the account to what was spent, below zero, where Redis does not know of it. True: it did not. */
    async restore(workspaceId: string, name: string): Promise<boolean> {
      const { spent, recent } = await books.readSpent(workspaceId, name)
      return credit.seed(namedAccount(workspaceId, name), nanodollars(-spent), recent)
    },

    /** With the limit as it is at this moment: the sweep may have read the budget a while ago. */
    async allow({ _id, workspaceId, limitNanodollars }: Budget, account: AccountId): Promise<void> {
      const current = await budgets.findOne(workspaceId, { _id })
      await credit.allow(account, nanodollars(current?.limitNanodollars ?? limitNanodollars))
    },
  }
}

function createTellSettlements(deps: Deps) {
  const { budgets, credit, clock } = deps
  const { restore, allow } = createOpenAccount(deps)

  return {
    // An account that Redis does not know is restored when it is told that they are written.
    async announce({ workspaceId, account, settlements }: AccountSettlements): Promise<void> {
      await credit.announce(namedAccount(workspaceId, account), settlements, clock.now())
    },

    async tell({ workspaceId, account: name, settlements }: AccountSettlements): Promise<void> {
      const account = namedAccount(workspaceId, name)
      if ((await credit.settle(account, settlements, clock.now())) !== null) return
      const budget = await findOpen(workspaceId, name)
      // Deleted, or its period is long over: nobody spends from it any more.
      if (budget === null) return
      await restore(workspaceId, name)
      await allow(budget, account)
      await credit.settle(account, settlements, clock.now())
    },

    async confirm({ workspaceId, account, settlements }: AccountSettlements): Promise<void> {
      await credit.confirm(namedAccount(workspaceId, account), settlements, clock.now())
    },
  }

  async function findOpen(workspaceId: string, name: string): Promise<Budget | null> {
    const _id = readBudgetAccount(name)?.budgetId
    return _id === undefined ? null : budgets.findOne(workspaceId, { _id, 'opened.account': name, deletedAt: null })
  }
}

function splitSettlements(settled: readonly AccountSettlements[], isBefore: LongWritten) {
  const pick = (isWanted: boolean): AccountSettlements[] =>
    settled
      .map((taken) => {
        const settlements = taken.settlements.filter(({ id }) => isBefore(taken.account, id) === isWanted)
        return { ...taken, settlements }
      })
      .filter(({ settlements }) => settlements.length > 0)
  return { before: pick(true), fresh: pick(false) }
}

function settingsOf({ _id, period }: Budget): Parameters<typeof periodAt>[0] {
  return { id: _id, period }
}
