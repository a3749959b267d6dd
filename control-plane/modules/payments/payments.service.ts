import { nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import { invalidPaymentEvent, invalidSignature, unknownPaidWorkspace } from './payments.errors.ts'
import { disputedOf, type Payment } from './payments.read-model.ts'
import { readStripeEvent, type PaymentNews, type StripeEvent } from './read-stripe-event.ts'
import { createSettlePayment, type SettleDeps } from './settle-payment.ts'
import { findSignatureFault, type SignedRequest } from './verify-stripe-signature.ts'

/** What became of an event that needs no repetition. */
export type PaymentOutcome = 'credited' | 'refunded' | 'disputed' | 'noted' | 'not-credited' | 'ignored'

export interface PaymentsService {
  /**
   * Takes an event of Stripe's. The same event, or another about the same payment, changes nothing; what a crash left
   * unfinished, its repetition finishes.
   *
   * @throws SignalboxError where Stripe should send it again
   */
  takeStripeEvent(request: SignedRequest): Promise<PaymentOutcome>
}

/** For the platform's admins: somebody paid, and nobody was credited; or a bank disputes a payment. */
export interface PaymentAlerts {
  raise(kind: PaymentAlertKind, subject: string, message: string): Promise<void>
  resolve(kind: PaymentAlertKind, subject: string): Promise<void>
}

export type PaymentAlertKind = 'payment_not_credited' | 'payment_disputed'

interface Deps extends SettleDeps {
  readonly secrets: readonly string[]
  readonly workspaceExists: (workspaceId: string) => Promise<boolean>
  readonly alerts: PaymentAlerts
  readonly createId: CreateId
  readonly logger: Logger
}

type News<Type extends PaymentNews['type']> = Extract<PaymentNews, { type: Type }>

export function createPaymentsService(deps: Deps): PaymentsService {
  const { payments, notices, secrets, workspaceExists, alerts, clock, createId, logger } = deps
  const settle = createSettlePayment(deps)
  const tellOfDisputes = createTellOfDisputes(alerts)

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
      case 'disputed':
        return takeDispute(id, news)
      case 'unusable':
        await alerts.raise(NOT_CREDITED, news.subject, `${news.reason}. ${HOW_TO_HELP}`)
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
      await alerts.raise(NOT_CREDITED, paymentId, `Of the payment ${paymentId}: ${error.message} ${HOW_TO_HELP}`)
      throw error
    }
    const facts = { provider: 'stripe', sessionId, eventId, amountNanodollars: amount } as const
    const paid = { position: createId(), refundedNanodollars: 0, refunds: [], at: clock.now() }
    await payments.insertMissing([{ _id: paymentId, workspaceId, ...facts, ...paid }])
    await tellOfDisputes(await settle(paymentId))
    await alerts.resolve(NOT_CREDITED, paymentId)
    return 'credited'
  }

  /** Noted before the payment is looked for, and the payment before its notice: one of the two finds the other. */
  async function takeRefund(eventId: string, { paymentId, refunded }: News<'refunded'>): Promise<PaymentOutcome> {
    await notices.noteRefund({ _id: paymentId, refundedNanodollars: refunded, eventId })
    return (await settle(paymentId)) ? 'refunded' : 'noted'
  }

  async function takeDispute(eventId: string, news: News<'disputed'>): Promise<PaymentOutcome> {
    const { paymentId, disputeId, step, amount } = news
    await notices.noteDispute({ paymentId, disputeId, step, amountNanodollars: amount, eventId })
    const payment = await settle(paymentId)
    await tellOfDisputes(payment)
    return payment ? 'disputed' : 'noted'
  }
}

const NOT_CREDITED = 'payment_not_credited'
const DISPUTED = 'payment_disputed'
const HOW_TO_HELP = 'Give the money back, or credit it by hand (topUp).'

/** There is an alert for each dispute, from its first step to its end; steps come in any order. */
function createTellOfDisputes(alerts: PaymentAlerts) {
  return async (payment: Payment | null): Promise<void> => {
    for (const [disputeId, steps] of Map.groupBy(payment?.disputes ?? [], (each) => each.disputeId)) {
      const isOver = steps.some(({ step }) => step === 'reinstated' || step === 'closed')
      if (isOver) await alerts.resolve(DISPUTED, disputeId)
      else await alerts.raise(DISPUTED, disputeId, describeDispute(disputeId, payment))
    }
  }
}

function describeDispute(disputeId: string, payment: Payment | null): string {
  const amount = toDollars(nanodollars(disputedOf(payment)))
  return (
    `The payment ${payment?._id} for the workspace ${payment?.workspaceId} is disputed (${disputeId}); $${amount} were ` +
    'withdrawn and taken off its balance. Answer it at the payment provider; what comes back is credited.'
  )
}
