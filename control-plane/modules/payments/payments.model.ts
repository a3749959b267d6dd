import { Schema, type Connection, type Model } from 'mongoose'
import type { WorkspaceDocument } from '../../database/workspace-collection.ts'
import type { DisputeStepName } from './read-stripe-event.ts'

export const PAYMENT_PROVIDERS = ['stripe'] as const
export type PaymentProvider = (typeof PAYMENT_PROVIDERS)[number]

/** A step of what was given back: from so much to so much in all. */
export interface RefundStep {
  readonly fromNanodollars: number
  readonly toNanodollars: number
  readonly eventId: string
  readonly at: number
}

/** A step of a dispute about a payment. */
export interface DisputeStep {
  readonly disputeId: string
  readonly step: DisputeStepName
  /** What left, or came back; 0 where nothing moved. */
  readonly amountNanodollars: number
  /** The event that told of it first: the cause of the ledger's entry. */
  readonly eventId: string
  readonly at: number
}

/** What somebody paid for a workspace. */
export interface Payment extends WorkspaceDocument {
  /** The provider, and its id of the payment: several events, and several sessions, may be about one. */
  readonly _id: string
  /** A ULID; payments are listed by it. */
  readonly position: string
  readonly provider: PaymentProvider
  readonly sessionId: string
  readonly eventId: string
  readonly amountNanodollars: number
  readonly refundedNanodollars: number
  /** Written before the ledger, which has an entry for each of them. */
  readonly refunds: readonly RefundStep[]
  /** The same of disputes, each step of each dispute once; absent: there was none. */
  readonly disputes?: readonly DisputeStep[]
  readonly at: number
}

/** What the provider says was given back of a payment by now. It may come before the payment itself. */
export interface RefundNotice {
  /** The payment's. */
  readonly _id: string
  readonly refundedNanodollars: number
  readonly eventId: string
  /** A date, for MongoDB removes it then: an account may have payments that are none of ours. */
  readonly removeAt: Date
}

/** What the provider says happened in a dispute. It may come before the payment itself. */
export interface DisputeNotice extends Omit<DisputeStep, 'at'> {
  /** Of the dispute, and the step. */
  readonly _id: string
  readonly paymentId: string
  readonly removeAt: Date
}

const text = { type: String, required: true }
const number = { type: Number, required: true }

const disputeFields = { disputeId: text, step: text, amountNanodollars: number, eventId: text }

export function createPaymentModel(connection: Connection): Model<Payment> {
  const step = { _id: false, fromNanodollars: number, toNanodollars: number, eventId: text, at: number }
  const schema = new Schema<Payment>(
    {
      _id: text,
      workspaceId: text,
      position: text,
      provider: text,
      sessionId: text,
      eventId: text,
      amountNanodollars: number,
      refundedNanodollars: number,
      refunds: [step],
      disputes: { type: [{ _id: false, ...disputeFields, at: number }], default: undefined },
      at: number,
    },
    { collection: 'payments', versionKey: false },
  )
  schema.index({ workspaceId: 1, position: -1 })
  return connection.model<Payment>('Payment', schema)
}

export function createRefundNoticeModel(connection: Connection): Model<RefundNotice> {
  const schema = new Schema<RefundNotice>(
    { _id: text, refundedNanodollars: number, eventId: text, removeAt: { type: Date, required: true } },
    { collection: 'payment_refund_notices', versionKey: false },
  )
  schema.index({ removeAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<RefundNotice>('RefundNotice', schema)
}

export function createDisputeNoticeModel(connection: Connection): Model<DisputeNotice> {
  const schema = new Schema<DisputeNotice>(
    { _id: text, paymentId: text, ...disputeFields, removeAt: { type: Date, required: true } },
    { collection: 'payment_dispute_notices', versionKey: false },
  )
  schema.index({ paymentId: 1 })
  schema.index({ removeAt: 1 }, { expireAfterSeconds: 0 })
  return connection.model<DisputeNotice>('DisputeNotice', schema)
}
