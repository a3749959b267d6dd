import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'

/** One movement of a workspace's money. The sum of all is the balance. */
export interface LedgerEntry extends WorkspaceDocument {
  /** The id of the cause: a generation's, or `topup:` with workspace and idempotency key. So a cause counts once. */
  readonly _id: string
  /** A ULID; entries are listed by it. */
  readonly position: string
  /** `evaluation`: what Signalbox's own calls cost, for judging answers and for benchmarks. */
  readonly type: 'top-up' | 'charge' | 'evaluation'
  /** Negative when money leaves. */
  readonly amountNanodollars: number
  readonly at: number
  readonly generationId: string | null
  /** With which others it is settled, and what they come to; without it by itself. Came after the first version. */
  readonly batch?: { readonly id: string; readonly amountNanodollars: number }
  /** Only on entries that Redis must be told of: whether it has been. A charge came from there. */
  readonly applied?: boolean
}

export function createLedgerModel(connection: Connection): Model<LedgerEntry> {
  const text = { type: String, required: true }
  const number = { type: Number, required: true }
  const schema = new Schema<LedgerEntry>(
    {
      _id: text,
      workspaceId: text,
      position: text,
      type: text,
      amountNanodollars: number,
      at: number,
      generationId: { type: String, default: null },
      batch: { type: { id: text, amountNanodollars: number }, _id: false, default: undefined },
      applied: { type: Boolean },
    },
    { collection: 'ledger_entries', versionKey: false },
  )
  schema.index({ workspaceId: 1, position: -1 })
  schema.index({ applied: 1 }, { sparse: true })
  schema.index({ workspaceId: 1, 'batch.id': 1 }, { partialFilterExpression: { 'batch.id': { $exists: true } } })
  return connection.model<LedgerEntry>('LedgerEntry', schema)
}
