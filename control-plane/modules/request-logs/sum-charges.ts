import { encodeTime } from 'ulid'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'

type AggregateCalls = (filter: object, stages: readonly object[]) => Promise<Record<string, unknown>[]>

/** In ms since the epoch: calls that began from `from` up to and without `to`, in pieces that long. */
export interface ChargeSpan {
  readonly from: number
  readonly to: number
  readonly pieceMs: number
}

/** Ids are made when a call comes in, at most so long before or after it is said to have begun. */
const ID_MARGIN_MS = 60_000
const ULID_TIME_LENGTH = 10

/** What calls took from their workspace's credits, by the begin of their piece of time; above zero. */
export async function sumCharges(
  aggregate: AggregateCalls,
  { from, to, pieceMs }: ChargeSpan,
): Promise<Map<number, Nanodollars>> {
  const ids = { $gte: firstIdAt(from - ID_MARGIN_MS), $lt: firstIdAt(to + ID_MARGIN_MS) }
  const filter = { _id: ids, startedAt: { $gte: from, $lt: to }, paidBy: 'credits', chargeNanodollars: { $gt: 0 } }
  const piece = { $subtract: ['$startedAt', { $mod: ['$startedAt', pieceMs] }] }
  const rows = await aggregate(filter, [{ $group: { _id: piece, amount: { $sum: '$chargeNanodollars' } } }])
  return new Map(rows.map(({ _id, amount }) => [Number(_id), nanodollars(Number(amount))]))
}

/** Ids begin with their time. */
function firstIdAt(ms: number): string {
  return encodeTime(Math.max(0, ms), ULID_TIME_LENGTH)
}
