import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { namedAccount, type AccountId } from '../../../shared/money/account.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Budget, BudgetSettlement, BudgetTotal } from './budget-documents.ts'
import type { BudgetTotals } from './budget-totals.ts'

const DAY_MS = 24 * 3_600_000

/** What was spent in an account of a budget by one settlement; below zero. */
interface SpentSettlement {
  readonly settlementId: string
  readonly amount: Nanodollars
  readonly isTold: false
}

/** What Redis is compared with, of one account of a budget. Amounts are below zero: what is allowed, Redis has. */
interface BudgetAccountBooks {
  readonly account: AccountId
  /** Of all that was written up to a time. */
  sumUntil(until: number): Promise<Nanodollars>
  /** What was written after a time. */
  recent(after: number): Promise<SpentSettlement[]>
  /** Those of some settlements that are here. */
  settlements(
    ids: readonly string[],
  ): Promise<Map<string, { readonly found: Nanodollars; readonly whole: Nanodollars }>>
}

/** Calls that began from `from` up to and without `to`, ms since the epoch, in pieces that long. */
interface CallSpan {
  readonly from: number
  readonly to: number
  /** Ten minutes, or a day where the calls may be older than a week. */
  readonly pieceMs: number
}

export interface BudgetAudit {
  /** Of the accounts that are kept in Redis. */
  booksOf(workspaceId: string): Promise<BudgetAccountBooks[]>
  /** What was spent of each account, by its name, by the begin of a piece of time; above zero. */
  spendingByPiece(workspaceId: string, span: CallSpan): Promise<Map<string, Map<number, Nanodollars>>>
}

interface Deps {
  readonly budgets: WorkspaceCollection<Budget>
  readonly settlements: WorkspaceCollection<BudgetSettlement>
  readonly totals: WorkspaceCollection<BudgetTotal>
  readonly withRest: BudgetTotals['withRest']
}

export function createBudgetAudit({ budgets, settlements, totals, withRest }: Deps): BudgetAudit {
  return {
    async booksOf(workspaceId) {
      const open = await budgets.find(workspaceId, { deletedAt: null }, { sort: { _id: 1 } })
      const accounts = open.flatMap(({ opened }) => opened.map(({ account }) => account))
      return accounts.map((account) => createBooks({ settlements, withRest }, workspaceId, account))
    },

    async spendingByPiece(workspaceId, { from, to, pieceMs }) {
      const within = { $gte: from, $lt: to }
      const folded = pieceMs < DAY_MS ? [] : await totals.find(workspaceId, { 'days.from': within })
      const isFolded = folded.map(({ _id, upTo }) => ({ account: _id, at: { $lt: upTo } }))
      const piece = { $subtract: ['$pieces.from', { $mod: ['$pieces.from', pieceMs] }] }
      const group = { _id: { account: '$account', piece }, amount: { $sum: '$pieces.amountNanodollars' } }
      const filter = { 'pieces.from': within, ...(isFolded.length > 0 && { $nor: isFolded }) }
      const stages = [{ $unwind: '$pieces' }, { $match: { 'pieces.from': within } }, { $group: group }]
      const rows = await settlements.aggregate(workspaceId, filter, stages)
      return addByAccount([...rows.map(toSpent), ...folded.flatMap((total) => daysWithin(total, from, to))])
    },
  }
}

interface Spent {
  readonly account: string
  readonly piece: number
  readonly amount: number
}

function toSpent({ _id, amount }: Record<string, unknown>): Spent {
  const { account, piece } = _id as Record<string, unknown>
  return { account: String(account), piece: Number(piece), amount: Number(amount) }
}

function daysWithin({ _id: account, days }: BudgetTotal, from: number, to: number): Spent[] {
  return days
    .filter((day) => day.from >= from && day.from < to)
    .map((day) => ({ account, piece: day.from, amount: day.amountNanodollars }))
}

function addByAccount(spent: readonly Spent[]): Map<string, Map<number, Nanodollars>> {
  const byAccount = new Map<string, Map<number, Nanodollars>>()
  for (const { account, piece, amount } of spent) {
    const pieces = byAccount.get(account) ?? new Map<number, Nanodollars>()
    pieces.set(piece, nanodollars((pieces.get(piece) ?? 0) + amount))
    byAccount.set(account, pieces)
  }
  return byAccount
}

function createBooks(
  { settlements, withRest }: Pick<Deps, 'settlements' | 'withRest'>,
  workspaceId: string,
  account: string,
): BudgetAccountBooks {
  return {
    account: namedAccount(workspaceId, account),

    async sumUntil(until) {
      const { total, rest } = await withRest(workspaceId, account, (since) =>
        settlements.sum(workspaceId, { account, at: { $gte: since, $lte: until } }, 'amountNanodollars'),
      )
      return nanodollars(0 - total - rest)
    },

    async recent(after) {
      const found = await settlements.find(workspaceId, { account, at: { $gt: after } })
      return found.map(({ settlementId, amountNanodollars }) => {
        return { settlementId, amount: nanodollars(0 - amountNanodollars), isTold: false }
      })
    },

    async settlements(ids) {
      const found = await settlements.find(workspaceId, { _id: { $in: ids.map((id) => `${account} ${id}`) } })
      return new Map(
        found.map(({ settlementId, amountNanodollars }) => {
          const amount = nanodollars(0 - amountNanodollars)
          return [settlementId, { found: amount, whole: amount }]
        }),
      )
    },
  }
}
