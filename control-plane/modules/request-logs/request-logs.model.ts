import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'

/** What an A/B test had to do with a call, without what its variant is: the test knows that. */
export type StoredExposure = Omit<NonNullable<Generation['exposure']>, 'definition'>

/** One call's record, as the data plane wrote it, without the content that others asked for. */
export type StoredGeneration = Readonly<Omit<Generation, 'id' | 'work' | 'exposure'>> & {
  readonly exposure: StoredExposure | null
} & WorkspaceDocument

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
      forgivenNanodollars: { type: Number, default: 0 },
      paidBy: text,
      priceVersion: optionalText,
      latencyMs: number,
      timeToFirstTokenMs: optionalNumber,
      gatewayMs: number,
      attempts: anything,
      snapshotRevision: text,
      content: anything,
      exposure: anything,
      routerId: optionalText,
      ruleId: optionalText,
      purpose: { type: String, default: 'live' },
      runCell: optionalText,
      budgets: { type: [String], default: undefined },
    },
    { collection: 'generations', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  schema.index({ workspaceId: 1, startedAt: 1 })
  schema.index({ workspaceId: 1, keyId: 1, _id: -1 })
  schema.index({ workspaceId: 1, model: 1, _id: -1 })
  schema.index({ workspaceId: 1, status: 1, _id: -1 })
  schema.index(
    { workspaceId: 1, 'exposure.abTestId': 1, _id: -1 },
    { partialFilterExpression: { 'exposure.abTestId': { $exists: true } } },
  )
  return connection.model<StoredGeneration>('Generation', schema)
}
