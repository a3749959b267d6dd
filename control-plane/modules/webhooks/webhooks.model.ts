import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'

/** An endpoint that wants to be told. */
export interface Webhook extends WorkspaceDocument {
  readonly url: string
  /** The kinds of alerts that it wants; null: all. */
  readonly kinds: readonly string[] | null
  /** Sealed for the webhook's id. */
  readonly sealedSecret: string
  /** The secret before, which signs beside it until a time; null: none. */
  readonly previousSecret: { readonly sealed: string; readonly until: number } | null
  readonly createdAt: number
  /** Since when nothing got through; null: the last one did. */
  readonly failingSince: number | null
  /** Null: it is told. */
  readonly disabledAt: number | null
  readonly disabledReason: string | null
}

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** What one endpoint is told of one event: written before anything is sent, and sent until it gets through. */
export interface WebhookDelivery extends WorkspaceDocument {
  /** A ULID; deliveries are listed by it. */
  readonly position: string
  readonly webhookId: string
  readonly type: string
  /** The same bytes each time. */
  readonly body: string
  readonly state: DeliveryState
  /** Goes up when a person asks for it again: jobs of before that do nothing. */
  readonly round: number
  /** Of this round. Counted before it is sent, so that a crash cannot make more of them. */
  readonly attempts: number
  readonly mostAttempts: number
  /** Of one that is pending: not before. */
  readonly nextAttemptAt: number
  readonly lastAttemptAt: number | null
  /** The status of the last answer; null: there was none. */
  readonly lastStatus: number | null
  /** Why the last attempt failed. */
  readonly lastFault: string | null
  readonly createdAt: number
  readonly deliveredAt: number | null
  /** A date, for MongoDB removes it then. */
  readonly removeAt: Date
}

const text = { type: String, required: true }
const optionalText = { type: String, default: null }
const number = { type: Number, required: true }
const optionalNumber = { type: Number, default: null }

export function createWebhookModel(connection: Connection): Model<Webhook> {
  const schema = new Schema<Webhook>(
    {
      _id: text,
      workspaceId: text,
      url: text,
      kinds: { type: [String], default: null },
      sealedSecret: text,
      previousSecret: { type: { sealed: text, until: number }, _id: false, default: null },
      createdAt: number,
      failingSince: optionalNumber,
      disabledAt: optionalNumber,
      disabledReason: optionalText,
    },
    { collection: 'webhooks', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: 1 })
  return connection.model<Webhook>('Webhook', schema)
}

export function createWebhookDeliveryModel(connection: Connection): Model<WebhookDelivery> {
  const schema = new Schema<WebhookDelivery>(
    {
      _id: text,
      workspaceId: text,
      position: text,
      webhookId: text,
      type: text,
      body: text,
      state: text,
      round: number,
      attempts: number,
      mostAttempts: number,
      nextAttemptAt: number,
      lastAttemptAt: optionalNumber,
      lastStatus: optionalNumber,
      lastFault: optionalText,
      createdAt: number,
      deliveredAt: optionalNumber,
      removeAt: { type: Date, required: true },
    },
    { collection: 'webhook_deliveries', versionKey: false },
  )
  schema.index({ workspaceId: 1, position: -1 })
  schema.index({ state: 1, nextAttemptAt: 1 })
  schema.index({ removeAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<WebhookDelivery>('WebhookDelivery', schema)
}
