import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import { positionFrom } from './entry-position.ts'
import { findSettlements, SETTLEMENT_ID, type RecordedSums } from './ledger-settlements.ts'
import { totalOf, type LedgerCollections } from './ledger-totals.ts'

/** Entries that are settled together. */
export interface RecentSettlement {
  /** The id that Redis knows them by. */
  readonly settlementId: string
  /** Negative when money leaves. */
  readonly amount: Nanodollars
  /** A top-up, a refund or an adjustment, which says itself that Redis was told. */
  readonly isTold: boolean
}

/** Calls that began from `from` up to and without `to`, ms since the epoch, in pieces that long. */
interface CallSpan {
  readonly from: number
  readonly to: number
  readonly pieceMs: number
}

/** The sums of the ledger that Redis and the calls are compared with. Entries that Redis is yet to be told of are left out. */
export interface LedgerAudit {
  /**
   * Of all entries that were written up to a time.
   *
   * @param options.recount true: of every entry, whatever the checkpoint says
   */
  sumUntil(workspaceId: string, until: number, options: { readonly recount: boolean }): Promise<Nanodollars>
  /** The entries that were written after a time, by settlement. */
  recent(workspaceId: string, after: number): Promise<RecentSettlement[]>
  /** Those of some settlements that are in the ledger. */
  settlements(workspaceId: string, ids: readonly string[]): Promise<Map<string, RecordedSums>>
  /** What was charged for calls, by the begin of their piece; above zero. */
  chargesByPiece(workspaceId: string, span: CallSpan): Promise<Map<number, Nanodollars>>
}

const CALLS = ['usage', 'evaluation', 'forgiven']

export function createLedgerAudit({ ledger, checkpoints }: LedgerCollections): LedgerAudit {
  return {
    async sumUntil(workspaceId, until, { recount }) {
      const found = recount ? null : await checkpoints.findOne(workspaceId, {})
      const checkpoint = found && found.upTo <= until ? found : null
      const since = { writtenAt: { $gte: checkpoint?.upTo ?? 0, $lte: until } }
      const [rest, untold] = await Promise.all([
        ledger.sum(workspaceId, since, 'amountNanodollars'),
        ledger.sum(workspaceId, { applied: false, writtenAt: { $lte: until } }, 'amountNanodollars'),
      ])
      return nanodollars(totalOf(checkpoint?.sums ?? []) + rest - untold)
    },

    async recent(workspaceId, after) {
      const isTold = { $max: { $cond: [{ $eq: ['$applied', true] }, 1, 0] } }
      const group = { $group: { _id: SETTLEMENT_ID, amount: { $sum: '$amountNanodollars' }, isTold } }
      const rows = await ledger.aggregate(workspaceId, { applied: { $ne: false }, writtenAt: { $gt: after } }, [group])
      return rows.map(({ _id, amount, isTold: told }) => ({
        settlementId: String(_id),
        amount: nanodollars(Number(amount)),
        isTold: told === 1,
      }))
    },

    settlements: (workspaceId, ids) => findSettlements(ledger, workspaceId, ids),

    async chargesByPiece(workspaceId, { from, to, pieceMs }) {
      const filter = { type: { $in: CALLS }, position: { $gte: positionFrom(from), $lt: positionFrom(to) } }
      const piece = { $subtract: ['$at', { $mod: ['$at', pieceMs] }] }
      const group = { $group: { _id: piece, amount: { $sum: '$amountNanodollars' } } }
      const rows = await ledger.aggregate(workspaceId, filter, [group])
      return new Map(rows.map(({ _id, amount }) => [Number(_id), nanodollars(0 - Number(amount))]))
    },
  }
}
