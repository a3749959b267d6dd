import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { ErrorOwner } from '../../../shared/errors/define-error.ts'

export const ALERT_KINDS = [
  'balance_drift',
  'budget_threshold',
  'credential_refused',
  'price_unknown',
  'judge_budget_exhausted',
  'price_update',
  'webhook_disabled',
  'payment_not_credited',
  'payment_disputed',
  'snapshot_pinned',
] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** What happens to an alert once each, and is announced. */
export const ALERT_EVENTS = ['alert.opened', 'alert.resolved'] as const
export type AlertEvent = (typeof ALERT_EVENTS)[number]

/** Something that a person must look at. Ids are ULIDs: their order is the order of time. */
export interface Alert extends WorkspaceDocument {
  readonly kind: AlertKind
  /** What it is about, for example a credential's id. */
  readonly subject: string
  /** While it is open: its kind and subject, so that there is one of them. Then its id. */
  readonly openKey: string
  readonly message: string
  readonly owner: ErrorOwner
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
  /** Null: it is open. */
  readonly resolvedAt: number | null
  /**
   * What nobody was told of yet. Written together with what happened, so that a crash loses no announcement; absent on
   * alerts older than announcements.
   */
  readonly unannounced?: readonly AlertEvent[]
}

export function createAlertModel(connection: Connection): Model<Alert> {
  const text = { type: String, required: true }
  const number = { type: Number, required: true }
  const schema = new Schema<Alert>(
    {
      _id: text,
      workspaceId: text,
      kind: text,
      subject: text,
      openKey: text,
      message: text,
      owner: text,
      count: number,
      firstAt: number,
      lastAt: number,
      resolvedAt: { type: Number, default: null },
      unannounced: { type: [String], default: undefined },
    },
    { collection: 'alerts', versionKey: false },
  )
  schema.index({ workspaceId: 1, openKey: 1 }, { unique: true })
  schema.index({ workspaceId: 1, _id: -1 })
  schema.index({ unannounced: 1 }, { sparse: true })
  return connection.model<Alert>('Alert', schema)
}
