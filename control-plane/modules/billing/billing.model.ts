import { Schema, type Connection, type Model } from 'mongoose'
import type { LedgerCheckpoint, LedgerEntry } from './ledger-entry.ts'

export function createLedgerModel(connection: Connection): Model<LedgerEntry> {
  const text = { type: String, required: true }
  const number = { type: Number, required: true }
  const optionalText = { type: String, default: null }
  const call = { keyId: text, model: optionalText, abTestId: optionalText }
  const metered = { inputTokens: number, outputTokens: number, costNanodollars: { type: Number, default: null } }
  const schema = new Schema<LedgerEntry>(
    {
      _id: text,
      workspaceId: text,
      position: text,
      type: text,
      amountNanodollars: number,
      at: number,
      writtenAt: number,
      generationId: optionalText,
      reason: optionalText,
      call: { type: call, _id: false, default: undefined },
      metered: { type: metered, _id: false, default: undefined },
      forgivenNanodollars: { type: Number },
      batch: { type: { id: text, amountNanodollars: number }, _id: false, default: undefined },
      refundedBeforeNanodollars: { type: Number },
      applied: { type: Boolean },
    },
    { collection: 'ledger_entries', versionKey: false },
  )
  schema.index({ workspaceId: 1, position: -1 })
  schema.index({ workspaceId: 1, writtenAt: 1 })
  schema.index({ workspaceId: 1, 'batch.id': 1 }, { partialFilterExpression: { 'batch.id': { $exists: true } } })
  schema.index(
    { workspaceId: 1, generationId: 1, refundedBeforeNanodollars: 1 },
    { unique: true, partialFilterExpression: { refundedBeforeNanodollars: { $exists: true } } },
  )
  schema.index({ applied: 1 }, { sparse: true })
  return connection.model<LedgerEntry>('LedgerEntry', schema)
}

export function createCheckpointModel(connection: Connection): Model<LedgerCheckpoint> {
  const text = { type: String, required: true }
  const number = { type: Number, required: true }
  const sum = { month: text, type: text, amountNanodollars: number, entries: number }
  const schema = new Schema<LedgerCheckpoint>(
    { _id: text, workspaceId: text, upTo: number, countedAt: number, sums: [new Schema(sum, { _id: false })] },
    { collection: 'ledger_checkpoints', versionKey: false },
  )
  schema.index({ workspaceId: 1 })
  return connection.model<LedgerCheckpoint>('LedgerCheckpoint', schema)
}
