import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'

/** One call's record, as the data plane wrote it. */
export type StoredGeneration = Readonly<Omit<Generation, 'id'>> & WorkspaceDocument

export function createGenerationModel(connection: Connection): Model<StoredGeneration> {
  const text = { type: String, required: true }
  const number = { type: Number, required: true }
  const optionalText = { type: String, default: null }
  const optionalNumber = { type: Number, default: null }
  const anything = { type: Schema.Types.Mixed, default: null }
  const schema = new Schema<StoredGeneration>(
    {
      _id: text,
      workspaceId: text,
      keyId: text,
      surface: text,
      kind: text,
      startedAt: number,
      stream: { type: Boolean, required: true },
      requestedModel: text,
      model: optionalText,
      gateway: optionalText,
      status: text,
      errorCode: optionalText,
      finishReason: optionalText,
      usage: anything,
      costNanodollars: optionalNumber,
      chargeNanodollars: number,
      paidBy: text,
      priceVersion: optionalText,
      latencyMs: number,
      timeToFirstTokenMs: optionalNumber,
      gatewayMs: number,
      attempts: anything,
      snapshotRevision: text,
      content: anything,
    },
    { collection: 'generations', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  schema.index({ workspaceId: 1, keyId: 1, _id: -1 })
  schema.index({ workspaceId: 1, model: 1, _id: -1 })
  schema.index({ workspaceId: 1, status: 1, _id: -1 })
  return connection.model<StoredGeneration>('Generation', schema)
}
