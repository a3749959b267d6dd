import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { toConditions, type LedgerFilter } from './ledger-filter.ts'

/** Few enough for many exports at once to fit into memory, enough for a query to be worth it. */
export const EXPORT_PAGE = 500

export type ExportLedger = (workspaceId: string, filter: LedgerFilter) => AsyncGenerator<readonly LedgerEntry[]>

/** Every entry that matches, oldest first, page by page; the next one is read when it is asked for. */
export function createExportLedger(ledger: Pick<WorkspaceCollection<LedgerEntry>, 'find'>): ExportLedger {
  return async function* (workspaceId, filter) {
    let after: string | null = null
    do {
      const conditions = toConditions(filter, { after })
      const options = { sort: { position: 1 }, limit: EXPORT_PAGE } as const
      const found: LedgerEntry[] = await ledger.find(workspaceId, conditions, options)
      if (found.length > 0) yield found
      after = found.length === EXPORT_PAGE ? (found.at(-1)?.position ?? null) : null
    } while (after !== null)
  }
}
