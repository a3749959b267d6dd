import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'

/**
 * `drift`: something does not match. `unsettled`: too much went on to tell. `no_balance`: Redis knows no balance, and the
 * sweep restores it.
 */
export const RECONCILIATION_STATES = ['clean', 'drift', 'unsettled', 'no_balance'] as const
export type ReconciliationState = (typeof RECONCILIATION_STATES)[number]

/** What was found of a workspace's money, by runs one after the other that found the same. */
export interface Reconciliation extends WorkspaceDocument {
  readonly state: ReconciliationState
  /** What was found, in short: equal where it is the same. */
  readonly fingerprint: string
  /** The credits first, then the budgets that were spent from, and those that do not match. */
  readonly accounts: readonly ReconciledAccount[]
  readonly accountsChecked: number
  /** Up to when calls began that were compared with the ledger, ms; null: none yet. */
  readonly comparedTo: number | null
  readonly mismatches: readonly ChargeMismatch[]
  readonly firstAt: number
  readonly lastAt: number
  readonly runs: number
  /** Whether it is the latest of its workspace. */
  readonly isLatest: boolean
  readonly repair: Repair | null
  readonly expiresAt: Date
}

export interface ReconciledAccount {
  readonly account: string
  /** `unknown`: Redis knows no balance; then all amounts are 0. */
  readonly type: 'agreed' | 'unsettled' | 'unknown'
  /** What a budget allows; null: these are credits. */
  readonly allowanceNanodollars: number | null
  readonly liveNanodollars: number
  readonly ledgerNanodollars: number
  readonly driftNanodollars: number
  readonly unrecordedNanodollars: number
  readonly lostNanodollars: number
  /** The oldest of them. */
  readonly lost: readonly { readonly settlementId: string; readonly chargeNanodollars: number; readonly at: number }[]
}

export interface ChargeMismatch {
  /** Of a budget, by its name; null, or absent in old ones: the credits. */
  readonly account?: string | null
  readonly from: number
  readonly to: number
  readonly ledgerNanodollars: number
  readonly generationsNanodollars: number
}

export interface Repair {
  readonly by: string
  readonly reason: string
  readonly startedAt: number
  /** Null: it was begun, and is finished when it is asked for again. */
  readonly finishedAt: number | null
}

/** A lease that was given back because its process died, or was cut off for a minute. */
export interface ReleasedLeaseRecord extends WorkspaceDocument {
  readonly account: string
  readonly leaseId: string
  readonly amountNanodollars: number
  /** What calls under way held of it when the process was last heard of. */
  readonly underWayNanodollars: number
  readonly releasedAt: number
  readonly expiresAt: Date
}

export interface ReconciliationModels {
  readonly reconciliations: Model<Reconciliation>
  readonly releasedLeases: Model<ReleasedLeaseRecord>
}

const text = { type: String, required: true }
const number = { type: Number, required: true }
const expiresAt = { type: Date, required: true }

export function createReconciliationModels(connection: Connection): ReconciliationModels {
  return { reconciliations: reconciliations(connection), releasedLeases: releasedLeases(connection) }
}

function reconciliations(connection: Connection): Model<Reconciliation> {
  const schema = new Schema<Reconciliation>(
    {
      _id: text,
      workspaceId: text,
      state: text,
      fingerprint: text,
      accounts: { type: Schema.Types.Mixed, required: true },
      accountsChecked: number,
      comparedTo: { type: Number, default: null },
      mismatches: { type: Schema.Types.Mixed, required: true },
      firstAt: number,
      lastAt: number,
      runs: number,
      isLatest: { type: Boolean, required: true },
      repair: { type: Schema.Types.Mixed, default: null },
      expiresAt,
    },
    { collection: 'reconciliations', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  schema.index({ isLatest: 1, state: 1 })
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<Reconciliation>('Reconciliation', schema)
}

function releasedLeases(connection: Connection): Model<ReleasedLeaseRecord> {
  const amounts = { amountNanodollars: number, underWayNanodollars: number }
  const schema = new Schema<ReleasedLeaseRecord>(
    { _id: text, workspaceId: text, account: text, leaseId: text, ...amounts, releasedAt: number, expiresAt },
    { collection: 'released_leases', versionKey: false },
  )
  schema.index({ workspaceId: 1, _id: -1 })
  schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<ReleasedLeaseRecord>('ReleasedLease', schema)
}
