import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import type { LedgerFilterInput } from './billing.inputs.ts'
import type { LedgerEntry } from './billing.read-model.ts'
import type { LedgerEntryType } from './billing.types.ts'
import { boundsOf } from './invoice-month.ts'
import type { InvoiceLine as InvoiceLineType, InvoiceSummary as InvoiceSummaryType } from './invoice-types.ts'
import type { LedgerFilter } from './ledger-filter.ts'
import type { InvoiceLine, InvoiceSummary } from './summarize-invoice.ts'

/** Entries, invoices and conditions between the API's words and the ledger's. */
export function toLedgerEntryType(entry: LedgerEntry): LedgerEntryType {
  const { _id, workspaceId, type, amountNanodollars, at, writtenAt, generationId, reason, call } = entry
  return {
    id: _id,
    workspaceId,
    type,
    amountNanodollars,
    amount: toDollars(nanodollars(amountNanodollars)),
    at: new Date(at),
    writtenAt: new Date(writtenAt),
    generationId,
    keyId: call?.keyId ?? null,
    model: call?.model ?? null,
    abTestId: call?.abTestId ?? null,
    reason,
  }
}

/** What a client left out or set to null is no condition. */
export function toLedgerFilter(input: LedgerFilterInput | null | undefined): LedgerFilter {
  const { types, from, to, keyId, generationId } = input ?? {}
  return {
    ...(types && { types }),
    ...(from && { from: from.getTime() }),
    ...(to && { to: to.getTime() }),
    ...(typeof keyId === 'string' && { keyId }),
    ...(typeof generationId === 'string' && { generationId: bareId(generationId) }),
  }
}

/** A call's id without the prefix that it has at some APIs. */
export function bareId(id: string): string {
  return id.trim().replace(/^(nrc_|chatcmpl-|gen-)/, '')
}

export function toInvoiceSummaryType(workspaceId: string, summary: InvoiceSummary, now: number): InvoiceSummaryType {
  const { month, opening, totals, closing } = summary
  const { from, to } = boundsOf(month)
  return {
    workspaceId,
    month,
    from: new Date(from),
    to: new Date(to),
    isOpen: now < to,
    openingNanodollars: opening,
    closingNanodollars: closing,
    totals: { ...totals },
    charge: toDollars(nanodollars(0 - totals.usage - totals.evaluation - totals.forgiven)),
  }
}

/** @param names by what the lines are of; null: they have none */
export function toInvoiceLines(
  lines: readonly InvoiceLine[],
  names: ReadonlyMap<string, string> | null,
): InvoiceLineType[] {
  return lines.map(({ of, others, calls, inputTokens, outputTokens, cost, charge, forgiven }) => ({
    of,
    name: (of !== null && names?.get(of)) || null,
    others,
    calls,
    inputTokens,
    outputTokens,
    costNanodollars: cost,
    chargeNanodollars: charge,
    charge: toDollars(charge),
    forgivenNanodollars: forgiven,
  }))
}
