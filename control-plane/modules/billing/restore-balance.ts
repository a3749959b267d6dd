import type { CreditBalance } from '../../../shared/money/credit-balance.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { SETTLEMENT_ID } from './ledger-settlements.ts'
import { totalOf, type LedgerCollections } from './ledger-totals.ts'

/** Of what was written so long ago, no process and no job comes to tell again that it was settled. */
const RECENT_MS = 3_600_000

interface Deps extends LedgerCollections {
  readonly credit: CreditBalance
  readonly clock: Clock
}

/** Restores the live balance from the ledger where there is none. True when it did. */
export type RestoreBalance = (workspaceId: string) => Promise<boolean>

/**
 * The balance is the checkpoint and every entry since, found by one query, so that an entry that comes meanwhile is
 * neither in it nor taken for settled. An entry of which nobody has said yet that Redis was told is in it like any other,
 * and its id with it: whoever tells of it adds nothing, and one whose mark comes now, for it was told before Redis was
 * emptied, is not missed. They are looked for first: what is marked since is among them, and what came since is recent.
 * Of a batch that is in the ledger in part, the rest is taken off too: it is on its way, and its id is taken for settled.
 */
export function createRestoreBalance({ ledger, checkpoints, credit, clock }: Deps): RestoreBalance {
  return async (workspaceId) => {
    if ((await credit.read(workspaceId)) !== null) return false
    const now = clock.now()
    const untold = await ledger.find(workspaceId, { applied: false })
    const checkpoint = await checkpoints.findOne(workspaceId, {})
    const upTo = checkpoint?.upTo ?? 0
    const oldest = Math.min(upTo, now - RECENT_MS)
    const [counted, fresh] = await Promise.all([
      settlements(workspaceId, { writtenAt: { $gte: oldest, $lt: upTo } }),
      settlements(workspaceId, { writtenAt: { $gte: upTo } }),
    ])
    const recent = addUp([...counted, ...fresh])
    const partly = recent.filter(isPartly).map(({ id }) => id)
    const before = await settlements(workspaceId, { 'batch.id': { $in: partly }, writtenAt: { $lt: oldest } })
    const missing = missingOf(addUp([...recent.filter(isPartly), ...before]))
    const balance = nanodollars(totalOf(checkpoint?.sums ?? []) + totalOf(fresh) + missing)
    const awaited = [...untold.map(({ _id }) => _id), ...partly]
    return credit.seed(workspaceId, balance, { ids: recent.map(({ id }) => id), awaited, now })
  }

  async function settlements(workspaceId: string, filter: object): Promise<SettledSum[]> {
    const sums = { amountNanodollars: { $sum: '$amountNanodollars' }, due: { $first: '$batch.amountNanodollars' } }
    const rows = await ledger.aggregate(workspaceId, filter, [{ $group: { _id: SETTLEMENT_ID, ...sums } }])
    return rows.map(({ _id, amountNanodollars, due }) => ({
      id: String(_id),
      amountNanodollars: Number(amountNanodollars),
      due: typeof due === 'number' ? due : null,
    }))
  }
}

/** The entries of one settlement, as far as they are in the ledger. */
export interface SettledSum {
  readonly id: string
  readonly amountNanodollars: number
  /** What all of them come to; null: it is one entry. */
  readonly due: number | null
}

/** Sums of one settlement, found in several stretches of the ledger, as one. */
export function addUp(sums: readonly SettledSum[]): SettledSum[] {
  return [...Map.groupBy(sums, ({ id }) => id)].map(([id, parts]) => ({
    id,
    amountNanodollars: totalOf(parts),
    due: parts[0]?.due ?? null,
  }))
}

/** What settlements that are in the ledger in part lack. Above zero where that was forgiven. */
export function missingOf(sums: readonly SettledSum[]): Nanodollars {
  return nanodollars(
    sums.reduce((total, { due, amountNanodollars }) => total + (due ?? amountNanodollars) - amountNanodollars, 0),
  )
}

function isPartly({ due, amountNanodollars }: SettledSum): boolean {
  return due !== null && due !== amountNanodollars
}
