import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'

/** What an A/B test had to do with a call, without what its variant is: the test knows that. */
export type StoredExposure = Omit<NonNullable<Generation['exposure']>, 'definition'>

/** One call's record, as the data plane wrote it, without the content that others asked for. */
export type StoredGeneration = Readonly<Omit<Generation, 'id' | 'work' | 'exposure'>> & {
  readonly exposure: StoredExposure | null
  /** How it came here first; absent: before that was kept. */
  readonly kept?: KeptAs
} & WorkspaceDocument

export interface KeptAs {
  /** The batch whose charge it is part of, whichever others it comes in again; null: it came alone. */
  readonly batchId: string | null
  /** Ms since the epoch. */
  readonly at: number
}

/** What was kept of one call's prompt and answer: apart from its record, so that it expires and the record does not. */
export interface StoredContent extends WorkspaceDocument {
  /** The call's id. */
  readonly _id: string
  /** When the call began, ms. */
  readonly at: number
  readonly content: Generation['content']
  /** How many days after that it expires; null: with the record. */
  readonly keptDays: number | null
  readonly expiresAt: Date | null
}

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
      kept: { type: { batchId: optionalText, at: number }, _id: false, default: undefined },
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
  // To find those from before content was kept apart.
  schema.index({ workspaceId: 1 }, { partialFilterExpression: { content: { $type: 'object' } } })
  return connection.model<StoredGeneration>('Generation', schema)
}

export function createContentModel(connection: Connection): Model<StoredContent> {
  const schema = new Schema<StoredContent>(
    {
      _id: { type: String, required: true },
      workspaceId: { type: String, required: true },
      at: { type: Number, required: true },
      content: { type: Schema.Types.Mixed, default: null },
      keptDays: { type: Number, default: null },
      expiresAt: { type: Date, default: null },
    },
    { collection: 'generation_contents', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: 1 })
  schema.index({ workspaceId: 1, keptDays: 1 })
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<StoredContent>('GenerationContent', schema)
}
