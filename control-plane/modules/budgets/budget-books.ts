import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { RecentSettlements } from '../../../shared/money/credit-balance.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { BudgetSettlement } from './budget-documents.ts'
import type { BudgetTotals } from './budget-totals.ts'
import type { AccountSettlements } from './settle-budgets.ts'

/** What was spent of budgets, in MongoDB: the truth. Accounts go by their names. */
export interface BudgetBooks {
  /** Each settlement once. */
  write(settled: readonly AccountSettlements[]): Promise<void>
  /**
   * Those that were written so long ago that Redis need not remember them.
   *
   * @param keptAt when the first run kept the records that they are of, ms
   */
  findLongWritten(settled: readonly AccountSettlements[], keptAt: number): Promise<LongWritten>
  spent(workspaceId: string, account: string): Promise<Nanodollars>
  /** What an account in Redis is restored from. */
  readSpent(workspaceId: string, account: string): Promise<SpentWithRecent>
}

/** Whether a settlement of an account is one of them. */
export type LongWritten = (account: string, settlementId: string) => boolean

interface SpentWithRecent {
  readonly spent: Nanodollars
  /** The settlements in it that Redis may yet be told of. */
  readonly recent: RecentSettlements
}

/** Of what was written before, no process comes to tell Redis any more, and every job finds it written. */
const RECENT_MS = 15 * 60_000
/** Less than Redis remembers what is written, by more than clocks differ and a run takes. */
const LATELY_MS = 5 * 60_000
/** More than a hundred a second. A command has room for about twice as many. */
const MOST_RECENT = 50_000
/** What was kept so long ago was written then, and may have been taken into a total since; less than they are kept. */
const LONG_KEPT_MS = 7 * 24 * 3_600_000

interface Deps {
  readonly settlements: WorkspaceCollection<BudgetSettlement>
  readonly totals: Pick<BudgetTotals, 'withRest'>
  readonly clock: Clock
}

export function createBudgetBooks({ settlements, totals, clock }: Deps): BudgetBooks {
  return {
    async write(settled) {
      const at = clock.now()
      await settlements.insertMissing(settled.flatMap((taken) => toDocuments(taken, at)))
    },

    async findLongWritten(settled, keptAt) {
      const now = clock.now()
      if (keptAt >= now - LATELY_MS) return () => false
      if (keptAt < now - LONG_KEPT_MS) return () => true
      const ids = settled.flatMap((taken) => toDocuments(taken, now)).map(({ _id }) => _id)
      const workspaceIds = [...new Set(settled.map(({ workspaceId }) => workspaceId))]
      const filter = { _id: { $in: ids }, at: { $lt: now - LATELY_MS } }
      const rows = await settlements.aggregateIn(workspaceIds, filter, [{ $project: { _id: 1 } }])
      const found = new Set(rows.map(({ _id }) => String(_id)))
      return (account, settlementId) => found.has(documentId(account, settlementId))
    },

    async spent(workspaceId, account) {
      const { total, rest } = await totals.withRest(workspaceId, account, (since) =>
        settlements.sum(workspaceId, { account, at: { $gte: since } }, 'amountNanodollars'),
      )
      return nanodollars(total + rest)
    },

    // All in one look, so that a settlement written meanwhile is in both the sum and the ids, or in neither.
    async readSpent(workspaceId, account) {
      const now = clock.now()
      const recentId = { $cond: [{ $gte: ['$at', now - RECENT_MS] }, '$settlementId', null] }
      const group = { _id: recentId, spent: { $sum: '$amountNanodollars' }, at: { $max: '$at' } }
      const { total, rest: rows } = await totals.withRest(workspaceId, account, (since) =>
        settlements.aggregate(workspaceId, { account, at: { $gte: since } }, [{ $group: group }]),
      )
      const spent = rows.reduce((sum, row) => sum + Number(row['spent']), Number(total))
      const latestFirst = rows
        .filter((row) => row['_id'] !== null)
        .toSorted((left, right) => Number(right['at']) - Number(left['at']))
      const ids = latestFirst.slice(0, MOST_RECENT).map((row) => String(row['_id']))
      return { spent: nanodollars(spent), recent: { ids, now } }
    },
  }
}

function toDocuments({ workspaceId, account, settlements }: AccountSettlements, at: number): BudgetSettlement[] {
  return settlements.map(({ id, charge, pieces }) => ({
    _id: documentId(account, id),
    workspaceId,
    account,
    settlementId: id,
    amountNanodollars: charge,
    pieces,
    at,
  }))
}

function documentId(account: string, settlementId: string): string {
  return `${account} ${settlementId}`
}
