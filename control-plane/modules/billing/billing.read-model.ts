import type { Model } from 'mongoose'
import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { CreditBalance } from '../../../shared/money/credit-balance.ts'
import type { Nanodollars } from '../../../shared/money/nanodollars.ts'
import { LEDGER_ENTRY_TYPES, type LedgerEntry, type LedgerEntryKind } from './ledger-entry.ts'
import { createExportLedger, type ExportLedger } from './export-ledger.ts'
import { toConditions, type LedgerFilter } from './ledger-filter.ts'
import { createLedgerTotals, type LedgerCollections, type LedgerTotals } from './ledger-totals.ts'
import { createInvoices, type Invoices } from './read-invoices.ts'

export { LEDGER_ENTRY_TYPES, type LedgerEntry, type LedgerEntryKind }

export interface BalanceFacts {
  /** Null: Redis is away, or knows no balance until the sweep restores it. */
  readonly live: { readonly balance: Nanodollars; readonly reserved: Nanodollars } | null
  readonly ledger: Nanodollars
}

export interface BillingReadModel extends Invoices {
  balance(workspaceId: string): Promise<BalanceFacts>
  /** The sum of the ledger; with `recount`, of every entry of it, whatever was added up before. */
  ledgerTotal: LedgerTotals['total']
  /** Newest first. */
  ledger(workspaceId: string, filter: LedgerFilter, request: PageRequest): Promise<Page<LedgerEntry>>
  /** Every entry that matches, oldest first, a few at a time and only as fast as they are taken. */
  exportLedger: ExportLedger
  /** Top-ups, refunds and adjustments of all workspaces that the live balance may not know of. */
  listUnapplied(): Promise<LedgerEntry[]>
}

interface Deps extends LedgerCollections {
  readonly model: Model<LedgerEntry>
  readonly credit: CreditBalance
}

export function createBillingReadModel({ model, ledger, checkpoints, credit }: Deps): BillingReadModel {
  const totals = createLedgerTotals({ ledger, checkpoints })

  return {
    ...createInvoices({ ledger, totals }),
    ledgerTotal: totals.total,

    async balance(workspaceId) {
      const [live, total] = await Promise.all([credit.read(workspaceId).catch(() => null), totals.total(workspaceId)])
      return { live, ledger: total }
    },

    async ledger(workspaceId, filter, { first, after }) {
      const conditions = toConditions(filter, { before: after })
      return toPage(await ledger.find(workspaceId, conditions, { sort: { position: -1 }, limit: first + 1 }), first)
    },

    exportLedger: createExportLedger(ledger),

    // Over all workspaces: the sweep has none in mind.
    listUnapplied: async () => model.find({ applied: false }).lean<LedgerEntry[]>(),
  }
}
