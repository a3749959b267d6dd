import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { LedgerCheckpoint, LedgerEntry, LedgerEntryKind, MonthSum } from './ledger-entry.ts'

export interface LedgerTotals {
  /**
   * The sum of a workspace's ledger: of its checkpoint and the entries since.
   *
   * @param options.recount true: of every entry, whatever the checkpoint says
   */
  total(workspaceId: string, options?: { readonly recount?: boolean }): Promise<Nanodollars>
  /** What each type of entry comes to in each month; of months without entries nothing. */
  months(workspaceId: string): Promise<MonthSum[]>
}

export interface LedgerCollections {
  readonly ledger: WorkspaceCollection<LedgerEntry>
  readonly checkpoints: WorkspaceCollection<LedgerCheckpoint>
}

/**
 * Sums of the ledger that do not read all of it. The checkpoint is read first: it says itself which entries it has, so
 * that one which is replaced meanwhile does no harm.
 */
export function createLedgerTotals({ ledger, checkpoints }: LedgerCollections): LedgerTotals {
  return {
    async total(workspaceId, { recount = false } = {}) {
      const checkpoint = recount ? null : await checkpoints.findOne(workspaceId, {})
      const since = checkpoint ? { writtenAt: { $gte: checkpoint.upTo } } : {}
      return nanodollars(totalOf(checkpoint?.sums ?? []) + (await ledger.sum(workspaceId, since, 'amountNanodollars')))
    },

    async months(workspaceId) {
      const checkpoint = await checkpoints.findOne(workspaceId, {})
      const since = checkpoint ? { writtenAt: { $gte: checkpoint.upTo } } : {}
      return addSums(checkpoint?.sums ?? [], await sumMonths(ledger, workspaceId, since))
    },
  }
}

/** Adds up the entries that match, by month and type. */
export async function sumMonths(
  ledger: WorkspaceCollection<LedgerEntry>,
  workspaceId: string,
  filter: object,
): Promise<MonthSum[]> {
  const key = { month: { $substrBytes: ['$position', 0, 'yyyy-mm'.length] }, type: '$type' }
  const sums = { amountNanodollars: { $sum: '$amountNanodollars' }, entries: { $sum: 1 } }
  const rows = await ledger.aggregate(workspaceId, filter, [
    { $group: { _id: key, ...sums } },
    { $project: { _id: 0, month: '$_id.month', type: '$_id.type', amountNanodollars: 1, entries: 1 } },
  ])
  return rows.map((row) => ({
    month: String(row['month']),
    type: row['type'] as LedgerEntryKind,
    amountNanodollars: nanodollars(Number(row['amountNanodollars'])),
    entries: Number(row['entries']),
  }))
}

/** Sums of entries that are not the same ones, as the sums of all of them; in order of months. */
export function addSums(...lists: readonly (readonly MonthSum[])[]): MonthSum[] {
  const byKey = Map.groupBy(lists.flat(), ({ month, type }) => `${month} ${type}`)
  const added = [...byKey.values()].flatMap((sums) => {
    const [first] = sums
    if (!first) return []
    const entries = sums.reduce((count, sum) => count + sum.entries, 0)
    return [{ month: first.month, type: first.type, amountNanodollars: totalOf(sums), entries }]
  })
  return added.sort((one, other) => (one.month < other.month ? -1 : Number(one.month > other.month)))
}

export function totalOf(sums: readonly Pick<MonthSum, 'amountNanodollars'>[]): Nanodollars {
  return nanodollars(sums.reduce((total, { amountNanodollars }) => total + amountNanodollars, 0))
}
