import { expect, test } from 'vitest'
import { readStripeEvent } from '../../../control-plane/modules/payments/read-stripe-event.ts'

const SESSION = {
  id: 'cs_1',
  object: 'checkout.session',
  mode: 'payment',
  payment_status: 'paid',
  payment_intent: 'pi_1',
  currency: 'usd',
  amount_total: 2_050,
  client_reference_id: null,
  metadata: { workspaceId: 'workspace-1' },
}
const CHARGE = { id: 'ch_1', object: 'charge', payment_intent: 'pi_1', currency: 'usd', amount_refunded: 50 }

function newsOf(type: string, object: unknown) {
  return readStripeEvent(JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object } }))?.news ?? null
}

const completed = (more: object = {}) => newsOf('checkout.session.completed', { ...SESSION, ...more })

const PAID = {
  type: 'paid',
  paymentId: 'stripe:pi_1',
  sessionId: 'cs_1',
  workspaceId: 'workspace-1',
  amount: 20_500_000_000,
}

test('a session that is paid is so many whole nano-dollars for its workspace', () => {
  expect(completed()).toEqual(PAID)
  expect(newsOf('checkout.session.async_payment_succeeded', SESSION)).toEqual(PAID)
  expect(completed({ metadata: {}, client_reference_id: 'workspace-1' })).toEqual(PAID)
  expect(completed({ client_reference_id: 'another' })).toEqual(PAID)
  expect(completed({ payment_intent: null })).toEqual({ ...PAID, paymentId: 'stripe:cs_1' })
  expect(completed({ amount_total: 1 })).toEqual({ ...PAID, amount: 10_000_000 })
})

test.each([
  ['is not paid yet', { payment_status: 'unpaid' }],
  ['cost nothing', { payment_status: 'no_payment_required', amount_total: 0 }],
  ['has no amount', { amount_total: null }],
])('a session that %s is nothing', (_what, more) => {
  expect(completed(more)).toEqual({ type: 'irrelevant' })
})

test.each([
  ['names no workspace', { metadata: null }, 'stripe:no-workspace'],
  ['is in another currency', { currency: 'eur' }, 'stripe:pi_1'],
  ['is for a subscription', { mode: 'subscription' }, 'stripe:pi_1'],
  ['is larger than any top-up', { amount_total: 100_000_001 }, 'stripe:pi_1'],
])('a session that is paid and %s is for somebody to look at', (_what, more, subject) => {
  expect(completed(more)).toMatchObject({ type: 'unusable', subject })
})

test('a refund is what was given back in all', () => {
  const refunded = { type: 'refunded', paymentId: 'stripe:pi_1', refunded: 500_000_000 }
  expect(newsOf('charge.refunded', CHARGE)).toEqual(refunded)
  for (const more of [{ payment_intent: null }, { currency: 'eur' }, { amount_refunded: 0 }]) {
    expect(newsOf('charge.refunded', { ...CHARGE, ...more })).toEqual({ type: 'irrelevant' })
  }
})

const DISPUTE = { id: 'dp_1', object: 'dispute', payment_intent: 'pi_1', currency: 'usd', amount: 2_000 }

test('a step of a dispute says what it moved: nothing, what was disputed, or what the movements say', () => {
  const step = { type: 'disputed', paymentId: 'stripe:pi_1', disputeId: 'stripe:dp_1' }
  const [withdrawn, reinstated] = ['charge.dispute.funds_withdrawn', 'charge.dispute.funds_reinstated'] as const
  expect(newsOf('charge.dispute.created', DISPUTE)).toEqual({ ...step, step: 'opened', amount: 0 })
  expect(newsOf('charge.dispute.closed', DISPUTE)).toEqual({ ...step, step: 'closed', amount: 0 })
  expect(newsOf(withdrawn, DISPUTE)).toEqual({ ...step, step: 'withdrawn', amount: 20_000_000_000 })
  const movements = [-1_900, 700].map((amount) => ({ amount, currency: 'usd', fee: 1_500 }))
  const moved = { ...DISPUTE, balance_transactions: movements }
  expect(newsOf(withdrawn, moved)).toEqual({ ...step, step: 'withdrawn', amount: 19_000_000_000 })
  expect(newsOf(reinstated, moved)).toEqual({ ...step, step: 'reinstated', amount: 7_000_000_000 })
  for (const more of [{ payment_intent: null }, { currency: 'eur' }]) {
    expect(newsOf(withdrawn, { ...DISPUTE, ...more })).toEqual({ type: 'irrelevant' })
  }
  expect(newsOf(withdrawn, { ...DISPUTE, amount: -1 })).toBeNull()
})

test('events of other types are nothing, whatever they hold', () => {
  for (const object of [null, 1, {}, SESSION])
    expect(newsOf('customer.created', object)).toEqual({ type: 'irrelevant' })
})

test.each([
  ['no JSON', 'x'],
  ['no event', '{}'],
  ['an event without an id', JSON.stringify({ type: 'charge.refunded', data: { object: CHARGE } })],
])('%s is no event', (_what, body) => {
  expect(readStripeEvent(body)).toBeNull()
})

test.each([{ amount_total: 0.5 }, { amount_total: -1 }, { amount_total: '2050' }, { id: '' }, { payment_intent: {} }])(
  'a session with %j is not what Stripe sends',
  (more) => {
    expect(completed(more)).toBeNull()
  },
)
