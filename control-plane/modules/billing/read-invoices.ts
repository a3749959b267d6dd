import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { LedgerEntry, LedgerEntryKind } from './ledger-entry.ts'
import { positionFrom } from './entry-position.ts'
import type { InvoiceMonth } from './invoice-month.ts'
import { totalOf, type LedgerTotals } from './ledger-totals.ts'
import {
  linesBy,
  summarizeMonth,
  summarizeMonths,
  type CallSums,
  type InvoiceLine,
  type InvoiceSummary,
} from './summarize-invoice.ts'

export interface Invoice extends InvoiceSummary {
  readonly byModel: readonly InvoiceLine[]
  readonly byKey: readonly InvoiceLine[]
  readonly byAbTest: readonly InvoiceLine[]
}

export interface Invoices {
  /** Lines and totals come from one reading of the month's entries, so that they always agree. */
  invoice(workspaceId: string, month: InvoiceMonth): Promise<Invoice>
  /** Of every month that has entries, newest first. */
  invoices(workspaceId: string): Promise<InvoiceSummary[]>
}

interface Deps {
  readonly ledger: WorkspaceCollection<LedgerEntry>
  readonly totals: LedgerTotals
}

export function createInvoices({ ledger, totals }: Deps): Invoices {
  return {
    async invoice(workspaceId, { month, from, to }) {
      const [months, sums] = await Promise.all([totals.months(workspaceId), sumCalls(workspaceId, from, to)])
      const opening = totalOf(months.filter((sum) => sum.month < month))
      return {
        ...summarizeMonth({ month, opening, sums }),
        byModel: linesBy('model', sums),
        byKey: linesBy('keyId', sums),
        byAbTest: linesBy('abTestId', sums),
      }
    },

    async invoices(workspaceId) {
      return summarizeMonths(await totals.months(workspaceId)).reverse()
    },
  }

  async function sumCalls(workspaceId: string, from: number, to: number): Promise<CallSums[]> {
    const key = { type: '$type', model: '$call.model', keyId: '$call.keyId', abTestId: '$call.abTestId' }
    const sums = {
      entries: { $sum: 1 },
      amountNanodollars: { $sum: '$amountNanodollars' },
      inputTokens: { $sum: '$metered.inputTokens' },
      outputTokens: { $sum: '$metered.outputTokens' },
      costNanodollars: { $sum: '$metered.costNanodollars' },
    }
    const range = { position: { $gte: positionFrom(from), $lt: positionFrom(to) } }
    const rows = await ledger.aggregate(workspaceId, range, [{ $group: { _id: key, ...sums } }])
    return rows.map(toCallSums)
  }
}

function toCallSums({ _id, ...sums }: Record<string, unknown>): CallSums {
  const { type, model, keyId, abTestId } = _id as Partial<Record<string, string | null>>
  return {
    type: type as LedgerEntryKind,
    model: model ?? null,
    keyId: keyId ?? null,
    abTestId: abTestId ?? null,
    entries: Number(sums['entries']),
    amountNanodollars: Number(sums['amountNanodollars']),
    inputTokens: Number(sums['inputTokens']),
    outputTokens: Number(sums['outputTokens']),
    costNanodollars: Number(sums['costNanodollars']),
  }
}
