import type { Model } from 'mongoose'
import { isDuplicateKey } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { DisputeNotice, RefundNotice } from './payments.read-model.ts'

/** What the provider told of payments that may not be known here yet. */
export interface PaymentNotices {
  noteRefund(notice: Omit<RefundNotice, 'removeAt'>): Promise<void>
  noteDispute(notice: Omit<DisputeNotice, '_id' | 'removeAt'>): Promise<void>
  /** The one that tells of the most. */
  refund(paymentId: string): Promise<RefundNotice | null>
  disputes(paymentId: string): Promise<DisputeNotice[]>
}

/** Longer than Stripe tries to deliver the payment that they are of. */
const KEEP_NOTICE_MS = 30 * 24 * 3_600_000

interface Deps {
  readonly refunds: Model<RefundNotice>
  readonly disputes: Model<DisputeNotice>
  readonly clock: Clock
}

export function createPaymentNotices({ refunds, disputes, clock }: Deps): PaymentNotices {
  const removeAt = (): Date => new Date(clock.now() + KEEP_NOTICE_MS)

  return {
    async noteRefund({ _id, ...told }) {
      const less = { _id, refundedNanodollars: { $lt: told.refundedNanodollars } }
      try {
        await refunds.updateOne(less, { $set: { ...told, removeAt: removeAt() } }, { upsert: true }).exec()
      } catch (error) {
        // There is one that tells of as much, or of more: events come in any order.
        if (!isDuplicateKey(error)) throw error
      }
    },

    async noteDispute(told) {
      const _id = `${told.disputeId}:${told.step}`
      try {
        await disputes.updateOne({ _id }, { $setOnInsert: { ...told, removeAt: removeAt() } }, { upsert: true }).exec()
      } catch (error) {
        // Another event told of the same step at this moment.
        if (!isDuplicateKey(error)) throw error
      }
    },

    refund: (paymentId) => refunds.findById(paymentId).lean<RefundNotice>().exec(),
    disputes: (paymentId) => disputes.find({ paymentId }).sort({ _id: 1 }).lean<DisputeNotice[]>().exec(),
  }
}
