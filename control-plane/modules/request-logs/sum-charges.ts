import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'

type AggregateCalls = (filter: object, stages: readonly object[]) => Promise<Record<string, unknown>[]>

/** In ms since the epoch: calls that began from `from` up to and without `to`, in pieces that long. */
export interface ChargeSpan {
  readonly from: number
  readonly to: number
  readonly pieceMs: number
}

/** What calls took from their workspace's credits, by the begin of their piece of time; above zero. */
export async function sumCharges(
  aggregate: AggregateCalls,
  { from, to, pieceMs }: ChargeSpan,
): Promise<Map<number, Nanodollars>> {
  const filter = { startedAt: { $gte: from, $lt: to }, paidBy: 'credits', chargeNanodollars: { $gt: 0 } }
  const piece = { $subtract: ['$startedAt', { $mod: ['$startedAt', pieceMs] }] }
  const rows = await aggregate(filter, [{ $group: { _id: piece, amount: { $sum: '$chargeNanodollars' } } }])
  return new Map(rows.map(({ _id, amount }) => [Number(_id), nanodollars(Number(amount))]))
}
