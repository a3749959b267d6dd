import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { RecentSettlements } from '../../../shared/money/credit-balance.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { BudgetSettlement } from './budget-documents.ts'
import type { AccountSettlements } from './settle-budgets.ts'

/** What was spent of budgets, in MongoDB: the truth. Accounts go by their names. */
export interface BudgetBooks {
  /** Each settlement once. */
  write(settled: readonly AccountSettlements[]): Promise<void>
  spent(workspaceId: string, account: string): Promise<Nanodollars>
  /** What an account in Redis is restored from. */
  readSpent(workspaceId: string, account: string): Promise<SpentWithRecent>
}

interface SpentWithRecent {
  readonly spent: Nanodollars
  /** The settlements in it that Redis may yet be told of. */
  readonly recent: RecentSettlements
}

/** What was written before was told to Redis long ago, by a process and by the job that wrote it. */
const RECENT_MS = 5 * 60_000
/** More than a hundred a second. A command has room for about twice as many. */
const MOST_RECENT = 50_000

interface Deps {
  readonly settlements: WorkspaceCollection<BudgetSettlement>
  readonly clock: Clock
}

export function createBudgetBooks({ settlements, clock }: Deps): BudgetBooks {
  return {
    async write(settled) {
      const at = clock.now()
      await settlements.insertMissing(settled.flatMap((taken) => toDocuments(taken, at)))
    },

    async spent(workspaceId, account) {
      return nanodollars(await settlements.sum(workspaceId, { account }, 'amountNanodollars'))
    },

    // All in one look, so that a settlement written meanwhile is in both the sum and the ids, or in neither.
    async readSpent(workspaceId, account) {
      const now = clock.now()
      const recentId = { $cond: [{ $gte: ['$at', now - RECENT_MS] }, '$settlementId', null] }
      const group = { _id: recentId, spent: { $sum: '$amountNanodollars' }, at: { $max: '$at' } }
      const rows = await settlements.aggregate(workspaceId, { account }, [{ $group: group }])
      const spent = rows.reduce((sum, row) => sum + Number(row['spent']), 0)
      const latestFirst = rows
        .filter((row) => row['_id'] !== null)
        .toSorted((left, right) => Number(right['at']) - Number(left['at']))
      const ids = latestFirst.slice(0, MOST_RECENT).map((row) => String(row['_id']))
      return { spent: nanodollars(spent), recent: { ids, now } }
    },
  }
}

function toDocuments({ workspaceId, account, settlements }: AccountSettlements, at: number): BudgetSettlement[] {
  return settlements.map(({ id, charge }) => ({
    _id: `${account} ${id}`,
    workspaceId,
    account,
    settlementId: id,
    amountNanodollars: charge,
    at,
  }))
}
