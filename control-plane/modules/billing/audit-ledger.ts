import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { LedgerEntry } from './billing.read-model.ts'
import { positionFrom } from './entry-position.ts'

/** Entries that are settled together. */
interface RecentSettlement {
  /** The id that Redis knows them by. */
  readonly settlementId: string
  readonly amount: Nanodollars
  /** A top-up, a refund or an adjustment, which says itself that Redis was told. */
  readonly isTold: boolean
}

/** What comes into the ledger is counted from when it was written: after `after`, up to `until`; ms. */
interface WrittenSpan {
  readonly after: number
  readonly until: number
}

interface CallSpan {
  readonly from: number
  readonly to: number
  readonly pieceMs: number
}

/** The sums of the ledger that others are compared with. Entries that Redis is yet to be told of are in none of them. */
export interface LedgerAudit {
  sumWritten(workspaceId: string, span: WrittenSpan): Promise<Nanodollars>
  /** Whether entries up to a time are yet to be told. */
  hasUntold(workspaceId: string, until: number): Promise<boolean>
  /** The entries that came after a time, by settlement. */
  recent(workspaceId: string, after: number): Promise<RecentSettlement[]>
  /** Of settlements that are in the ledger: what their entries come to, and what they come to when all are there. */
  settlements(
    workspaceId: string,
    ids: readonly string[],
  ): Promise<Map<string, { readonly found: Nanodollars; readonly whole: Nanodollars }>>
  /** What was charged for calls that began in a span, by the begin of their piece; above zero. */
  chargesByPiece(workspaceId: string, span: CallSpan): Promise<Map<number, Nanodollars>>
}

const IS_TOLD = { applied: { $ne: false } }
const SETTLEMENT = { $ifNull: ['$batch.id', '$_id'] }
const CALLS = ['usage', 'evaluation', 'forgiven']

export function createLedgerAudit(ledger: WorkspaceCollection<LedgerEntry>): LedgerAudit {
  return {
    async sumWritten(workspaceId, { after, until }) {
      const filter = { ...IS_TOLD, writtenAt: { $gt: after, $lte: until } }
      return nanodollars(await ledger.sum(workspaceId, filter, 'amountNanodollars'))
    },

    hasUntold: async (workspaceId, until) =>
      (await ledger.findOne(workspaceId, { applied: false, writtenAt: { $lte: until } })) !== null,

    async recent(workspaceId, after) {
      const isTold = { $max: { $cond: [{ $eq: ['$applied', true] }, 1, 0] } }
      const group = { $group: { _id: SETTLEMENT, amount: { $sum: '$amountNanodollars' }, isTold } }
      const rows = await ledger.aggregate(workspaceId, { ...IS_TOLD, writtenAt: { $gt: after } }, [group])
      return rows.map(({ _id, amount, isTold: told }) => ({
        settlementId: String(_id),
        amount: nanodollars(Number(amount)),
        isTold: told === 1,
      }))
    },

    async settlements(workspaceId, ids) {
      const ofThese = { $or: [{ 'batch.id': { $in: [...ids] } }, { _id: { $in: [...ids] } }] }
      const sums = { found: { $sum: '$amountNanodollars' }, whole: { $max: '$batch.amountNanodollars' } }
      const rows = await ledger.aggregate(workspaceId, ofThese, [{ $group: { _id: SETTLEMENT, ...sums } }])
      return new Map(rows.map(({ _id, found, whole }) => [String(_id), toSums(found, whole ?? found)]))
    },

    async chargesByPiece(workspaceId, { from, to, pieceMs }) {
      const filter = { type: { $in: CALLS }, position: { $gte: positionFrom(from), $lt: positionFrom(to) } }
      const piece = { $subtract: ['$at', { $mod: ['$at', pieceMs] }] }
      const group = { $group: { _id: piece, amount: { $sum: '$amountNanodollars' } } }
      const rows = await ledger.aggregate(workspaceId, filter, [group])
      return new Map(rows.map(({ _id, amount }) => [Number(_id), nanodollars(0 - Number(amount))]))
    },
  }
}

function toSums(found: unknown, whole: unknown) {
  return { found: nanodollars(Number(found)), whole: nanodollars(Number(whole)) }
}
