import type { Model } from 'mongoose'
import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { CreditBalance } from '../../../shared/money/credit-balance.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { LedgerEntry } from './billing.model.ts'

export type { LedgerEntry }

export interface BalanceFacts {
  /** Null: Redis is away, or knows no balance until the sweep restores it. */
  readonly live: { readonly balance: Nanodollars; readonly reserved: Nanodollars } | null
  readonly ledger: Nanodollars
}

export interface BillingReadModel {
  balance(workspaceId: string): Promise<BalanceFacts>
  /** Newest first. */
  ledger(workspaceId: string, request: PageRequest): Promise<Page<LedgerEntry>>
  /** Top-ups, refunds and adjustments of all workspaces that the live balance may not know of. */
  listUnapplied(): Promise<LedgerEntry[]>
}

interface Deps {
  readonly model: Model<LedgerEntry>
  readonly ledger: WorkspaceCollection<LedgerEntry>
  readonly credit: CreditBalance
}

export function createBillingReadModel({ model, ledger, credit }: Deps): BillingReadModel {
  return {
    async balance(workspaceId) {
      const [live, sum] = await Promise.all([
        credit.read(workspaceId).catch(() => null),
        ledger.sum(workspaceId, {}, 'amountNanodollars'),
      ])
      return { live, ledger: nanodollars(sum) }
    },

    async ledger(workspaceId, { first, after }) {
      const filter = after === null ? {} : { position: { $lt: after } }
      const found = await ledger.find(workspaceId, filter, { sort: { position: -1 }, limit: first + 1 })
      return toPage(found, first)
    },

    // Over all workspaces: the sweep has none in mind.
    listUnapplied: async () => model.find({ applied: false }).lean<LedgerEntry[]>(),
  }
}
