import type { Model } from 'mongoose'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { BudgetSettlement, BudgetTotal, SpentPiece } from './budget-documents.ts'

/**
 * What was spent of an account is its total and the settlements since. Settlements that are older than any record can be
 * late are taken into the total, and then deleted.
 *
 * It says itself which settlements it has, by when they were written, and is replaced in one step by a total that follows
 * it directly. So a settlement counts once, before, while and after it is taken in, wherever a crash divides that: one
 * that is in the total and still there is passed over. Whoever reads the total first, then the settlements since, and
 * then finds the same total, has missed none that was deleted meanwhile: they are deleted after the total is replaced.
 */
export interface BudgetTotals {
  /** What `read` gives of the settlements since the total, and that total. `since`: ms; they were written then or later. */
  withRest<Rest>(
    workspaceId: string,
    account: string,
    read: (since: number) => Promise<Rest>,
  ): Promise<{ readonly total: Nanodollars; readonly rest: Rest }>
  /**
   * Takes settlements in that are old enough, of any workspace: of some accounts, and of each those of an hour.
   *
   * @returns how many settlements were deleted
   */
  foldOld(): Promise<number>
}

/** Longer than a record may wait on a disk or in a queue, and than Redis has it as not recorded. */
export const KEEP_SETTLEMENTS_MS = 8 * 24 * 3_600_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LOOK_AT = 1_000

export interface TotalsDeps {
  /** Of all workspaces. */
  readonly model: Pick<Model<BudgetSettlement>, 'find'>
  readonly settlements: WorkspaceCollection<BudgetSettlement>
  readonly totals: WorkspaceCollection<BudgetTotal>
  readonly clock: Clock
}

export function createBudgetTotals({ model, settlements, totals, clock }: TotalsDeps): BudgetTotals {
  const find = (workspaceId: string, account: string) => totals.findOne(workspaceId, { _id: account })

  return {
    async withRest(workspaceId, account, read) {
      let before = await find(workspaceId, account)
      for (;;) {
        const rest = await read(before?.upTo ?? 0)
        const after = await find(workspaceId, account)
        if (after?.upTo === before?.upTo) return { total: nanodollars(before?.amountNanodollars ?? 0), rest }
        before = after
      }
    },

    async foldOld() {
      const cutoff = clock.now() - KEEP_SETTLEMENTS_MS
      // Over all workspaces: the job has none in mind.
      const oldest = await model
        .find({ at: { $lt: cutoff } })
        .sort({ at: 1 })
        .limit(LOOK_AT)
        .lean<BudgetSettlement[]>()
      const accounts = new Map(oldest.toReversed().map((settlement) => [settlement.account, settlement]))
      let deleted = 0
      for (const first of accounts.values()) deleted += await fold(first, cutoff)
      return deleted
    },
  }

  async function fold({ workspaceId, account, at }: BudgetSettlement, cutoff: number): Promise<number> {
    const previous = await find(workspaceId, account)
    const upTo = Math.max(previous?.upTo ?? 0, Math.min(cutoff, at + HOUR_MS))
    if (upTo > (previous?.upTo ?? 0) && !(await replace(workspaceId, account, { previous, upTo }))) return 0
    return settlements.deleteAll(workspaceId, { account, at: { $lt: upTo } })
  }

  /** False: another worker did it, or is about to. */
  async function replace(workspaceId: string, account: string, { previous, upTo }: Replacement): Promise<boolean> {
    const taken = { account, at: { $gte: previous?.upTo ?? 0, $lt: upTo } }
    const amount = await settlements.sum(workspaceId, taken, 'amountNanodollars')
    const fields = {
      upTo,
      amountNanodollars: nanodollars((previous?.amountNanodollars ?? 0) + amount),
      days: addDays(previous?.days ?? [], await sumDays(workspaceId, taken)),
    }
    if (!previous) return (await totals.insertMissing([{ _id: account, workspaceId, ...fields }])) > 0
    return (await totals.update(workspaceId, { _id: account, upTo: previous.upTo }, { $set: fields })) !== null
  }

  async function sumDays(workspaceId: string, filter: object): Promise<SpentPiece[]> {
    const day = { $subtract: ['$pieces.from', { $mod: ['$pieces.from', DAY_MS] }] }
    const group = { _id: day, amount: { $sum: '$pieces.amountNanodollars' } }
    const rows = await settlements.aggregate(workspaceId, filter, [{ $unwind: '$pieces' }, { $group: group }])
    return rows.map(({ _id, amount }) => ({ from: Number(_id), amountNanodollars: Number(amount) }))
  }
}

interface Replacement {
  readonly previous: BudgetTotal | null
  readonly upTo: number
}

function addDays(...lists: readonly (readonly SpentPiece[])[]): SpentPiece[] {
  const byDay = Map.groupBy(lists.flat(), ({ from }) => from)
  const added = [...byDay].map(([from, pieces]) => {
    return { from, amountNanodollars: pieces.reduce((sum, { amountNanodollars }) => sum + amountNanodollars, 0) }
  })
  return added.toSorted((one, other) => one.from - other.from)
}
