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

/**
 * What calls count for in the budgets that they name (`budgetSpend`), by the name of the account and the begin of their
 * piece of time; above zero.
 */
export async function sumSpending(
  aggregate: AggregateCalls,
  { from, to, pieceMs }: ChargeSpan,
): Promise<Map<string, Map<number, Nanodollars>>> {
  const filter = { startedAt: { $gte: from, $lt: to }, 'budgets.0': { $exists: true } }
  const piece = { $subtract: ['$startedAt', { $mod: ['$startedAt', pieceMs] }] }
  const group = { _id: { account: '$budgets', piece }, amount: { $sum: SPENT } }
  const rows = await aggregate(filter, [{ $unwind: '$budgets' }, { $group: group }])
  const byAccount = new Map<string, Map<number, Nanodollars>>()
  for (const { _id, amount } of rows.filter((row) => Number(row['amount']) > 0)) {
    const key = _id as Record<string, unknown>
    const pieces = byAccount.get(String(key['account'])) ?? new Map<number, Nanodollars>()
    byAccount.set(String(key['account']), pieces.set(Number(key['piece']), nanodollars(Number(amount))))
  }
  return byAccount
}

const SPENT_ELSEWHERE = {
  $cond: [{ $eq: ['$paidBy', 'workspace-credential'] }, { $ifNull: ['$costNanodollars', 0] }, 0],
}
const SPENT = { $cond: [{ $eq: ['$paidBy', 'credits'] }, '$chargeNanodollars', SPENT_ELSEWHERE] }
