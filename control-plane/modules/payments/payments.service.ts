import type { Model } from 'mongoose'
import { isDuplicateKey, type WorkspaceCollection } from '../../database/workspace-collection.ts'
import { nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { invalidPaymentEvent, invalidSignature, unknownPaidWorkspace } from './payments.errors.ts'
import type { Payment, RefundNotice, RefundStep } from './payments.model.ts'
import type { PaymentsReadModel } from './payments.read-model.ts'
import { readStripeEvent, type PaymentNews, type StripeEvent } from './read-stripe-event.ts'
import { findSignatureFault, type SignedRequest } from './verify-stripe-signature.ts'

/** What became of an event that needs no repetition. */
export type PaymentOutcome = 'credited' | 'refunded' | 'noted' | 'not-credited' | 'ignored'

export interface PaymentsService {
  /**
   * Takes an event of Stripe's. The same event, or another about the same payment, changes nothing; what a crash left
   * unfinished, its repetition finishes.
   *
   * @throws SignalboxError where Stripe should send it again
   */
  takeStripeEvent(request: SignedRequest): Promise<PaymentOutcome>
}

/** The ledger, as it is needed here: one entry a cause. */
export type CreditWorkspace = (
  workspaceId: string,
  credit: { type: 'topup' | 'refund'; amount: Nanodollars; cause: string; reason: string },
) => Promise<unknown>

/** For the platform's admins: somebody paid, and nobody was credited. */
export interface PaymentAlerts {
  raise(subject: string, message: string): Promise<void>
  resolve(subject: string): Promise<void>
}

interface Deps {
  readonly payments: WorkspaceCollection<Payment>
  readonly notices: Model<RefundNotice>
  readonly readModel: PaymentsReadModel
  readonly secrets: readonly string[]
  readonly workspaceExists: (workspaceId: string) => Promise<boolean>
  readonly credit: CreditWorkspace
  readonly alerts: PaymentAlerts
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

type News<Type extends PaymentNews['type']> = Extract<PaymentNews, { type: Type }>

/** Longer than Stripe tries to deliver the payment that a refund is of. */
const KEEP_NOTICE_MS = 30 * 24 * 3_600_000

export function createPaymentsService(deps: Deps): PaymentsService {
  const { payments, notices, readModel, secrets, workspaceExists, alerts, clock, createId, logger } = deps
  const settle = createSettlePayment(deps)

  return {
    async takeStripeEvent(request) {
      const fault = findSignatureFault(request, { secrets, nowSeconds: Math.floor(clock.now() / 1_000) })
      if (fault !== null) throw invalidSignature({ fault })
      const event = readStripeEvent(request.body.toString('utf8'))
      if (!event) throw invalidPaymentEvent({})
      const outcome = await take(event)
      logger.info({ eventId: event.id, event: event.kind, outcome }, 'an event of Stripe was taken')
      return outcome
    },
  }

  async function take({ id, news }: StripeEvent): Promise<PaymentOutcome> {
    switch (news.type) {
      case 'paid':
        return takePayment(id, news)
      case 'refunded':
        return takeRefund(id, news)
      case 'unusable':
        await alerts.raise(news.subject, `${news.reason}. ${HOW_TO_HELP}`)
        return 'not-credited'
      case 'irrelevant':
        return 'ignored'
      default:
        return news satisfies never
    }
  }

  async function takePayment(eventId: string, news: News<'paid'>): Promise<PaymentOutcome> {
    const { paymentId, sessionId, workspaceId, amount } = news
    if (!(await workspaceExists(workspaceId))) {
      const error = unknownPaidWorkspace({ workspaceId })
      await alerts.raise(paymentId, `Of the payment ${paymentId}: ${error.message} ${HOW_TO_HELP}`)
      throw error
    }
    const facts = { provider: 'stripe', sessionId, eventId, amountNanodollars: amount } as const
    const paid = { position: createId(), refundedNanodollars: 0, refunds: [], at: clock.now() }
    await payments.insertMissing([{ _id: paymentId, workspaceId, ...facts, ...paid }])
    await settle(paymentId)
    await alerts.resolve(paymentId)
    return 'credited'
  }

  /** Noted before the payment is looked for, and the payment before its notice: one of the two finds the other. */
  async function takeRefund(eventId: string, { paymentId, refunded }: News<'refunded'>): Promise<PaymentOutcome> {
    await note({ _id: paymentId, refundedNanodollars: refunded, eventId })
    if (!(await readModel.find(paymentId))) return 'noted'
    await settle(paymentId)
    return 'refunded'
  }

  async function note({ _id, ...told }: Omit<RefundNotice, 'removeAt'>): Promise<void> {
    const less = { _id, refundedNanodollars: { $lt: told.refundedNanodollars } }
    const removeAt = new Date(clock.now() + KEEP_NOTICE_MS)
    try {
      await notices.updateOne(less, { $set: { ...told, removeAt } }, { upsert: true }).exec()
    } catch (error) {
      // There is one that tells of as much, or of more: events come in any order.
      if (!isDuplicateKey(error)) throw error
    }
  }
}

const HOW_TO_HELP = 'Give the money back, or credit it by hand (topUp).'

type SettleDeps = Pick<Deps, 'payments' | 'notices' | 'readModel' | 'credit' | 'clock'>

/** Has the ledger know of all that a payment brought and that was given back of it, each once. */
function createSettlePayment({ payments, notices, readModel, credit, clock }: SettleDeps) {
  return async (paymentId: string): Promise<void> => {
    const payment = await readModel.find(paymentId)
    if (!payment) return
    const { workspaceId } = payment
    const amount = nanodollars(payment.amountNanodollars)
    await credit(workspaceId, { type: 'topup', amount, cause: `payment:${paymentId}`, reason: paymentId })
    for (const { fromNanodollars, toNanodollars } of await claimRefunds(payment)) {
      const cause = `payment-refund:${paymentId}:${toNanodollars}`
      const given = nanodollars(fromNanodollars - toNanodollars)
      await credit(workspaceId, { type: 'refund', amount: given, cause, reason: paymentId })
    }
  }

  /** Adds the step to what was given back by now. Of two that do so at once one wins, and the other begins from there. */
  async function claimRefunds(payment: Payment): Promise<readonly RefundStep[]> {
    const { _id, workspaceId, amountNanodollars, refundedNanodollars, refunds } = payment
    const notice = await notices.findById(_id).lean<RefundNotice>().exec()
    const toNanodollars = Math.min(notice?.refundedNanodollars ?? 0, amountNanodollars)
    if (!notice || toNanodollars <= refundedNanodollars) return refunds
    const step = { fromNanodollars: refundedNanodollars, toNanodollars, eventId: notice.eventId, at: clock.now() }
    const claim = { $set: { refundedNanodollars: toNanodollars }, $push: { refunds: step } }
    const claimed = await payments.update(workspaceId, { _id, refundedNanodollars }, claim)
    return claimed ? claimed.refunds : claimRefunds((await readModel.find(_id)) ?? payment)
  }
}
