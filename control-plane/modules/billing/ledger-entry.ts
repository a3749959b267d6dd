import type { WorkspaceDocument } from '../../database/workspace-collection.ts'

/**
 * `usage`: what a caller's call cost. `evaluation`: what Signalbox's own calls cost, for judging answers and for
 * benchmarks. `forgiven`: the part of a call's cost that was neither held nor there, and that nobody pays.
 */
export const LEDGER_ENTRY_TYPES = ['usage', 'evaluation', 'topup', 'refund', 'adjustment', 'forgiven'] as const
export type LedgerEntryKind = (typeof LEDGER_ENTRY_TYPES)[number]

/** One movement of a workspace's money; never changed or taken out. The sum of all is the balance. */
export interface LedgerEntry extends WorkspaceDocument {
  /** The id of the cause, so that a cause counts once: a call's, or a word and what tells one cause from another. */
  readonly _id: string
  /** The time and the id (`positionOf`): entries are listed by it, and ranges of time are ranges of it. */
  readonly position: string
  readonly type: LedgerEntryKind
  /** Negative when money leaves. */
  readonly amountNanodollars: number
  /** When it happened; of a call, when that began. It decides the month. */
  readonly at: number
  /** When it came into the ledger, which may be days after it happened. */
  readonly writtenAt: number
  /** The call that it is about. */
  readonly generationId: string | null
  /** Why, as whoever made it said. */
  readonly reason: string | null
  /** Of a call's entries, and of its refunds. */
  readonly call?: CallOfEntry
  /** Of `usage` and `evaluation`. */
  readonly metered?: Metered
  /** Of `usage` and `evaluation`: what of the amount an entry of its own gives back. */
  readonly forgivenNanodollars?: number
  /** With which others it is settled, and what they come to; without it by itself. */
  readonly batch?: { readonly id: string; readonly amountNanodollars: number }
  /** Of a refund: what was refunded of the call before. No two say the same of one call. */
  readonly refundedBeforeNanodollars?: number
  /** Only on entries that Redis must be told of: whether it has been. What calls cost came from there. */
  readonly applied?: boolean
}

export interface CallOfEntry {
  readonly keyId: string
  readonly model: string | null
  readonly abTestId: string | null
}

export interface Metered {
  readonly inputTokens: number
  readonly outputTokens: number
  /** What the provider asks; null: not known. */
  readonly costNanodollars: number | null
}

/** What came into the ledger before a time, added up; one a workspace, replaced by later ones. */
export interface LedgerCheckpoint extends WorkspaceDocument {
  /** It has every entry that was written before this, and no other. */
  readonly upTo: number
  /** When it was last made of all entries, and not of the checkpoint before it and those since. */
  readonly countedAt: number
  readonly sums: readonly MonthSum[]
}

/** What the entries of one type come to in a month. */
export interface MonthSum {
  /** In UTC, by when it happened: `2026-11`. */
  readonly month: string
  readonly type: LedgerEntryKind
  readonly amountNanodollars: number
  readonly entries: number
}
