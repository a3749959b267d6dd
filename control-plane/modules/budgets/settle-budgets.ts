import { budgetSpend } from '../../../shared/money/budget.ts'
import type { RecordedSettlement } from '../../../shared/money/credit-balance.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import type { SpentPiece } from './budget-documents.ts'

export type BudgetedRecord = Pick<
  Generation,
  'id' | 'workspaceId' | 'startedAt' | 'budgets' | 'leaseId' | 'paidBy' | 'chargeNanodollars' | 'costNanodollars'
>

/** What a batch of records takes from one account of a budget. */
export interface AccountSettlements {
  readonly workspaceId: string
  /** By its name. */
  readonly account: string
  readonly settlements: readonly SpentSettlement[]
}

/** A settlement, and what it comes to by when the calls began. */
export interface SpentSettlement extends RecordedSettlement {
  readonly pieces: readonly SpentPiece[]
}

/** As long as the pieces of time in which the books are compared with the calls. */
const PIECE_MS = 10 * 60_000

/**
 * How records of calls are settled in the budgets that they count in. Those whose money was held in leases together,
 * under the batch's id: by it the data plane tells Redis of them too, and each id counts once. Those that held none,
 * which nobody else tells of, under an id next to it. Without a batch each record is settled by itself.
 *
 * A lease that a call held of its credits, and not of a budget, is not found among those of the budget's account, so
 * that its share leaves the balance there: no more need be known of what was held where.
 */
export function settleBudgets(records: readonly BudgetedRecord[], batchId: string | undefined): AccountSettlements[] {
  const shares = records.flatMap((record) => record.budgets.map((account) => ({ record, account })))
  const byAccount = Map.groupBy(shares, ({ record, account }) => JSON.stringify([record.workspaceId, account]))
  return [...byAccount.values()].flatMap((own) => {
    const [first] = own
    if (!first) return []
    const bySettlement = Map.groupBy(own, ({ record }) => settlementIdOf(record, batchId))
    const settlements = [...bySettlement]
      .map(([id, together]) =>
        toSettlement(
          id,
          together.map(({ record }) => record),
        ),
      )
      .filter(({ charge }) => charge > 0)
    return settlements.length === 0
      ? []
      : [{ workspaceId: first.record.workspaceId, account: first.account, settlements }]
  })
}

function settlementIdOf({ id, leaseId }: BudgetedRecord, batchId: string | undefined): string {
  if (batchId === undefined) return id
  return leaseId === null ? `${batchId}:unleased` : batchId
}

function toSettlement(id: string, records: readonly BudgetedRecord[]): SpentSettlement {
  const byPiece = Map.groupBy(records, ({ startedAt }) => startedAt - (startedAt % PIECE_MS))
  const pieces = [...byPiece].map(([from, own]) => ({ from, amountNanodollars: spendOf(own) }))
  // A batch comes from one process, which has one lease in each account.
  return { id, charge: spendOf(records), leaseId: records[0]?.leaseId ?? null, pieces }
}

function spendOf(records: readonly BudgetedRecord[]): Nanodollars {
  return nanodollars(records.reduce((sum, record) => sum + budgetSpend(record), 0))
}
