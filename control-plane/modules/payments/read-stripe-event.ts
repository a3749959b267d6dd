import { z } from 'zod'
import { NANODOLLARS_PER_DOLLAR, nanodollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'

/** What happens in a dispute, each at most once; money may leave, and may come back. */
export const DISPUTE_STEPS = ['opened', 'withdrawn', 'reinstated', 'closed'] as const
export type DisputeStepName = (typeof DISPUTE_STEPS)[number]

/** What an event of Stripe's means for a balance. */
export type PaymentNews =
  /** Somebody paid for a workspace. */
  | {
      readonly type: 'paid'
      readonly paymentId: string
      readonly sessionId: string
      readonly workspaceId: string
      readonly amount: Nanodollars
    }
  /** Of a payment so much was given back by now. */
  | { readonly type: 'refunded'; readonly paymentId: string; readonly refunded: Nanodollars }
  /** A bank disputes a payment; `amount` is what the step moved, 0 where it moves nothing. */
  | {
      readonly type: 'disputed'
      readonly paymentId: string
      readonly disputeId: string
      readonly step: DisputeStepName
      readonly amount: Nanodollars
    }
  /** Somebody paid, and nobody can be credited; `reason` is for people. */
  | { readonly type: 'unusable'; readonly subject: string; readonly reason: string }
  /** Nothing. */
  | { readonly type: 'irrelevant' }

/** An event, of which `news` is what matters here. */
export interface StripeEvent {
  readonly id: string
  readonly kind: string
  readonly news: PaymentNews
}

const text = z.string().min(1).max(255)
const cents = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)

const eventSchema = z.object({ id: text, type: text, data: z.object({ object: z.unknown() }) })

/** https://docs.stripe.com/api/checkout/sessions/object */
const sessionSchema = z.object({
  id: text,
  mode: z.string().nullish(),
  payment_status: z.string(),
  payment_intent: text.nullish(),
  currency: z.string().nullish(),
  amount_total: cents.nullish(),
  client_reference_id: z.string().nullish(),
  metadata: z.object({ workspaceId: z.string().optional() }).nullish(),
})
type Session = z.infer<typeof sessionSchema>

/** https://docs.stripe.com/api/charges/object */
const chargeSchema = z.object({ payment_intent: text.nullish(), currency: z.string(), amount_refunded: cents })
type Charge = z.infer<typeof chargeSchema>

const movement = z.object({ amount: z.number().int(), currency: z.string() })

/** https://docs.stripe.com/api/disputes/object */
const disputeSchema = z.object({
  id: text,
  payment_intent: text.nullish(),
  currency: z.string(),
  amount: cents,
  balance_transactions: z.array(movement).max(10).nullish(),
})
type Dispute = z.infer<typeof disputeSchema>

const NANODOLLARS_PER_CENT = NANODOLLARS_PER_DOLLAR / 100
const MOST_CENTS = 100_000_000

/**
 * Reads the body of an event, whose signature was checked.
 *
 * @returns null when it is no event, or one of these kinds without what such an event has
 */
export function readStripeEvent(body: string): StripeEvent | null {
  const event = eventSchema.safeParse(parseJson(body))
  if (!event.success) return null
  const { id, type: kind, data } = event.data
  const news = newsOf(kind, data.object)
  return news && { id, kind, news }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function newsOf(kind: string, object: unknown): PaymentNews | null {
  switch (kind) {
    // With a way to pay that takes days the first comes unpaid, and the second when the money is there.
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded': {
      const session = sessionSchema.safeParse(object)
      return session.success ? newsOfSession(session.data) : null
    }
    case 'charge.refunded': {
      const charge = chargeSchema.safeParse(object)
      return charge.success ? newsOfCharge(charge.data) : null
    }
    case 'charge.dispute.created':
      return newsOfDispute('opened', object)
    case 'charge.dispute.funds_withdrawn':
      return newsOfDispute('withdrawn', object)
    case 'charge.dispute.funds_reinstated':
      return newsOfDispute('reinstated', object)
    case 'charge.dispute.closed':
      return newsOfDispute('closed', object)
    default:
      return IRRELEVANT
  }
}

const IRRELEVANT: PaymentNews = { type: 'irrelevant' }
/** One alert for all of them: an account may sell other things, too. */
const NO_WORKSPACE = 'stripe:no-workspace'

function newsOfSession(session: Session): PaymentNews {
  const { id: sessionId, mode, payment_status: status, payment_intent: intent, amount_total: paidCents } = session
  if (status !== 'paid' || !paidCents) return IRRELEVANT
  const paymentId = paymentIdOf(intent ?? sessionId)
  const workspaceId = session.metadata?.workspaceId || session.client_reference_id
  if (!workspaceId) {
    return unusable(NO_WORKSPACE, `The checkout session ${sessionId} names no workspace (metadata.workspaceId)`)
  }
  if (session.currency !== 'usd') return unusable(paymentId, `The payment ${paymentId} is not in US dollars`)
  if (mode === 'subscription') return unusable(paymentId, `The payment ${paymentId} is for a subscription`)
  if (paidCents > MOST_CENTS) return unusable(paymentId, `The payment ${paymentId} is larger than a top-up may be`)
  return { type: 'paid', paymentId, sessionId, workspaceId, amount: fromCents(paidCents) }
}

/** Without a payment it is not one that a checkout session made. */
function newsOfCharge({ payment_intent: intent, currency, amount_refunded: refundedCents }: Charge): PaymentNews {
  if (!intent || currency !== 'usd' || refundedCents === 0) return IRRELEVANT
  const bounded = Math.min(refundedCents, MOST_CENTS)
  return { type: 'refunded', paymentId: paymentIdOf(intent), refunded: fromCents(bounded) }
}

function newsOfDispute(step: DisputeStepName, object: unknown): PaymentNews | null {
  const dispute = disputeSchema.safeParse(object)
  if (!dispute.success) return null
  const { id, payment_intent: intent, currency } = dispute.data
  if (!intent || currency !== 'usd') return IRRELEVANT
  const amount = fromCents(Math.min(centsMoved(step, dispute.data), MOST_CENTS))
  return { type: 'disputed', paymentId: paymentIdOf(intent), disputeId: `stripe:${id}`, step, amount }
}

/**
 * As the movements say, where they are told: of a payment that was refunded in part, less comes back than was disputed.
 * Stripe's own fee for a dispute is no part of it.
 */
function centsMoved(step: DisputeStepName, { amount, balance_transactions: told }: Dispute): number {
  if (step === 'opened' || step === 'closed') return 0
  const sign = step === 'withdrawn' ? -1 : 1
  const movements = (told ?? []).filter((each) => each.currency === 'usd' && Math.sign(each.amount) === sign)
  return movements.length === 0 ? amount : Math.abs(movements.reduce((sum, each) => sum + each.amount, 0))
}

function unusable(subject: string, reason: string): PaymentNews {
  return { type: 'unusable', subject, reason }
}

function paymentIdOf(id: string): string {
  return `stripe:${id}`
}

function fromCents(amount: number): Nanodollars {
  return nanodollars(amount * NANODOLLARS_PER_CENT)
}
