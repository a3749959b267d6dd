import type { Clock } from '../../../shared/runtime/clock.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { positionOf } from './entry-position.ts'
import type { LedgerCollections } from './ledger-totals.ts'

/** That a live balance was corrected to the ledger: an entry of nothing, for the reason to be found where the money is. */
export interface RepairNote {
  /** The id of the entry: a repair is noted once. */
  readonly cause: string
  readonly reason: string
}

export type NoteRepair = (workspaceId: string, note: RepairNote) => Promise<void>

interface Deps extends Pick<LedgerCollections, 'ledger'> {
  readonly clock: Clock
}

export function createNoteRepair({ ledger, clock }: Deps): NoteRepair {
  return async (workspaceId, { cause, reason }) => {
    const now = clock.now()
    const entry: LedgerEntry = {
      _id: cause,
      workspaceId,
      position: positionOf(now, cause),
      type: 'adjustment',
      amountNanodollars: 0,
      at: now,
      writtenAt: now,
      generationId: null,
      reason,
    }
    await ledger.insertMissing([entry])
  }
}
