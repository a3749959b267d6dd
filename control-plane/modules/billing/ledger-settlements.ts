import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { LedgerEntry } from './ledger-entry.ts'

/** What the entries of a settlement come to, and what they come to when all of them are there. */
export interface RecordedSums {
  readonly found: Nanodollars
  readonly whole: Nanodollars
}

interface WrittenSums extends RecordedSums {
  /** When the last of them was written, ms. */
  readonly writtenAt: number
}

/** Entries are settled by the batch they came in, or each by itself. */
export const SETTLEMENT_ID = { $ifNull: ['$batch.id', '$_id'] }

/** Those of some settlements that are in the ledger. */
export async function findSettlements(
  ledger: Pick<WorkspaceCollection<LedgerEntry>, 'aggregate'>,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, WrittenSums>> {
  if (ids.length === 0) return new Map()
  const sums = { found: { $sum: '$amountNanodollars' }, whole: { $max: '$batch.amountNanodollars' } }
  const group = { _id: SETTLEMENT_ID, ...sums, writtenAt: { $max: '$writtenAt' } }
  const ofThese = { $or: [{ 'batch.id': { $in: [...ids] } }, { _id: { $in: [...ids] } }] }
  const rows = await ledger.aggregate(workspaceId, ofThese, [{ $group: group }])
  return new Map(
    rows.map(({ _id, found, whole, writtenAt }) => [
      String(_id),
      { found: toAmount(found), whole: toAmount(whole ?? found), writtenAt: Number(writtenAt) },
    ]),
  )
}

function toAmount(sum: unknown): Nanodollars {
  return nanodollars(Number(sum))
}
