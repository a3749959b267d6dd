import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { PaymentNotices } from './payment-notices.ts'
import type { DisputeStep, Payment, PaymentsReadModel, RefundStep } from './payments.read-model.ts'

/** The ledger, as it is needed here: one entry a cause. */
export type CreditWorkspace = (
  workspaceId: string,
  credit: { type: 'topup' | 'refund' | 'adjustment'; amount: Nanodollars; cause: string; reason: string },
) => Promise<unknown>

export interface SettleDeps {
  readonly payments: WorkspaceCollection<Payment>
  readonly notices: PaymentNotices
  readonly readModel: PaymentsReadModel
  readonly credit: CreditWorkspace
  readonly clock: Clock
}

/** Gives the payment with all that was claimed; null: it is not known. */
export type SettlePayment = (paymentId: string) => Promise<Payment | null>

/**
 * Has the ledger know of all that a payment brought, that was given back of it, and that a bank took and gave back, each
 * once. What events told of is claimed on the payment first, so that whoever comes next finishes what a crash left.
 */
export function createSettlePayment({ payments, notices, readModel, credit, clock }: SettleDeps): SettlePayment {
  return async (paymentId) => {
    const payment = await readModel.find(paymentId)
    if (!payment) return null
    const { workspaceId } = payment
    const amount = nanodollars(payment.amountNanodollars)
    await credit(workspaceId, { type: 'topup', amount, cause: `payment:${paymentId}`, reason: paymentId })
    for (const { fromNanodollars, toNanodollars } of await claimRefunds(payment)) {
      const cause = `payment-refund:${paymentId}:${toNanodollars}`
      const given = nanodollars(fromNanodollars - toNanodollars)
      await credit(workspaceId, { type: 'refund', amount: given, cause, reason: paymentId })
    }
    const disputed = await claimDisputes(payment)
    for (const step of disputed.disputes ?? []) await creditDispute(disputed, step)
    return disputed
  }

  async function creditDispute({ _id, workspaceId }: Payment, told: DisputeStep): Promise<void> {
    const { step, disputeId, amountNanodollars, eventId } = told
    if (amountNanodollars === 0) return
    const amount = nanodollars(step === 'withdrawn' ? -amountNanodollars : amountNanodollars)
    const reason = `${_id}: ${step} in the dispute ${disputeId}`
    await credit(workspaceId, { type: 'adjustment', amount, cause: `payment-dispute:${eventId}`, reason })
  }

  /** Each step of each dispute once, by whichever event told of it first; no more than was paid. */
  async function claimDisputes(payment: Payment): Promise<Payment> {
    const { _id, workspaceId, amountNanodollars: paid } = payment
    let claimed = payment
    for (const { disputeId, step, amountNanodollars, eventId } of await notices.disputes(_id)) {
      const isNew = { _id, disputes: { $not: { $elemMatch: { disputeId, step } } } }
      const entry = { disputeId, step, amountNanodollars: Math.min(amountNanodollars, paid), eventId, at: clock.now() }
      claimed = (await payments.update(workspaceId, isNew, { $push: { disputes: entry } })) ?? claimed
    }
    return (await readModel.find(_id)) ?? claimed
  }

  /** Adds the step to what was given back by now. Of two that do so at once one wins, and the other begins from there. */
  async function claimRefunds(payment: Payment): Promise<readonly RefundStep[]> {
    const { _id, workspaceId, amountNanodollars, refundedNanodollars, refunds } = payment
    const notice = await notices.refund(_id)
    const toNanodollars = Math.min(notice?.refundedNanodollars ?? 0, amountNanodollars)
    if (!notice || toNanodollars <= refundedNanodollars) return refunds
    const step = { fromNanodollars: refundedNanodollars, toNanodollars, eventId: notice.eventId, at: clock.now() }
    const claim = { $set: { refundedNanodollars: toNanodollars }, $push: { refunds: step } }
    const claimed = await payments.update(workspaceId, { _id, refundedNanodollars }, claim)
    return claimed ? claimed.refunds : claimRefunds((await readModel.find(_id)) ?? payment)
  }
}
