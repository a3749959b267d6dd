import { createHmac } from 'node:crypto'
import { fastify } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPaymentRoutes } from '../../control-plane/payment-routes.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

const [OLD, NEW] = ['whsec_the_one_before_this', 'whsec_the_one_of_today']

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane({ PAYMENTS: 'stripe', STRIPE_WEBHOOK_SECRET: `${OLD}, ${NEW}` })
})
afterAll(() => harness.close())

interface Sent {
  readonly status: number
  readonly outcome: string | undefined
  readonly code: string | undefined
}

interface SendOptions {
  readonly secret?: string
  readonly secondsAgo?: number
  readonly signed?: string
}

async function send(event: object, { secret = NEW, secondsAgo = 0, signed }: SendOptions = {}): Promise<Sent> {
  const payload = JSON.stringify(event)
  const time = Math.floor(harness.clock.now() / 1_000) - secondsAgo
  const signature = createHmac('sha256', secret)
    .update(`${time}.${signed ?? payload}`)
    .digest('hex')
  const response = await harness.server.app.inject({
    method: 'POST',
    url: '/payments/stripe',
    headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': `t=${time},v1=${signature}` },
    payload,
  })
  const { outcome, errors } = response.json()
  return { status: response.statusCode, outcome, code: errors?.[0].extensions.code }
}

let made = 0
const unique = (): string => `${(made += 1)}`

function paid(workspaceId: string, payment: string, more: object = {}) {
  const session = {
    id: `cs_${payment}`,
    mode: 'payment',
    payment_status: 'paid',
    payment_intent: `pi_${payment}`,
    currency: 'usd',
    amount_total: 2_500,
    metadata: { workspaceId },
    ...more,
  }
  return { id: `evt_${unique()}`, type: 'checkout.session.completed', data: { object: session } }
}

function refunded(payment: string, amount: number) {
  const charge = { id: `ch_${payment}`, payment_intent: `pi_${payment}`, currency: 'usd', amount_refunded: amount }
  return { id: `evt_${unique()}`, type: 'charge.refunded', data: { object: charge } }
}

const DISPUTE_STEPS = {
  opened: 'created',
  withdrawn: 'funds_withdrawn',
  reinstated: 'funds_reinstated',
  closed: 'closed',
}

function disputed(payment: string, step: keyof typeof DISPUTE_STEPS, more: object = {}) {
  const dispute = { id: `dp_${payment}`, payment_intent: `pi_${payment}`, currency: 'usd', amount: 2_000, ...more }
  return { id: `evt_${unique()}`, type: `charge.dispute.${DISPUTE_STEPS[step]}`, data: { object: dispute } }
}

interface Entry {
  readonly id: string
  readonly type: string
  readonly amount: number
}

async function ledgerOf(workspaceId: string): Promise<Entry[]> {
  const { ledger } = await harness.admin.run<{ ledger: { nodes: Entry[] } }>(
    'query ($workspaceId: ID!) { ledger(workspaceId: $workspaceId) { nodes { id type amount } } }',
    { workspaceId },
  )
  return ledger.nodes
}

async function amountsOf(workspaceId: string): Promise<number[]> {
  return (await ledgerOf(workspaceId)).map(({ amount }) => amount).toSorted((one, other) => other - one)
}

async function balanceOf(workspaceId: string): Promise<number | null> {
  const { balance } = await harness.admin.run<{ balance: { balance: number | null } }>(
    'query ($workspaceId: ID!) { balance(workspaceId: $workspaceId) { balance } }',
    { workspaceId },
  )
  return balance.balance
}

async function openAlerts(
  kind = 'payment_not_credited',
): Promise<{ subject: string; message: string; count: number }[]> {
  const { readModel } = harness.controlPlane.modules.alerts
  const { nodes } = await readModel.page('platform', { state: 'open' }, { first: 100, after: null })
  return nodes.filter((alert) => alert.kind === kind)
}

test('what was paid is in the ledger and free to spend, once, however many events tell of it', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const payment = unique()
  const event = paid(workspaceId, payment)
  expect(await send(event)).toMatchObject({ status: 200, outcome: 'credited' })
  await Promise.all(Array.from({ length: 4 }, () => send(event)))
  await send({ ...paid(workspaceId, payment), type: 'checkout.session.async_payment_succeeded' })
  expect(await ledgerOf(workspaceId)).toEqual([{ id: `payment:stripe:pi_${payment}`, type: 'topup', amount: 25 }])
  expect(await balanceOf(workspaceId)).toBe(25)

  const LIST =
    'query ($workspaceId: ID!) { payments(workspaceId: $workspaceId) { nodes { id amount refunded sessionId } } }'
  expect(await owner.client.run(LIST, { workspaceId })).toEqual({
    payments: { nodes: [{ id: `stripe:pi_${payment}`, amount: 25, refunded: 0, sessionId: `cs_${payment}` }] },
  })
  const { owner: stranger } = await harness.workspace()
  expect(await stranger.client.codeOf(LIST, { workspaceId })).toBe('workspace_not_found')
})

test('a payment that takes days is credited when the money is there', async () => {
  const { id: workspaceId } = await harness.workspace()
  const payment = unique()
  const early = await send(paid(workspaceId, payment, { payment_status: 'unpaid' }))
  expect(early).toMatchObject({ status: 200, outcome: 'ignored' })
  expect(await ledgerOf(workspaceId)).toEqual([])
  await send({ ...paid(workspaceId, payment), type: 'checkout.session.async_payment_succeeded' })
  expect(await amountsOf(workspaceId)).toEqual([25])
})

test('during a rotation both secrets are taken', async () => {
  const { id: workspaceId } = await harness.workspace()
  expect(await send(paid(workspaceId, unique()), { secret: OLD })).toMatchObject({ status: 200 })
  expect(await send(paid(workspaceId, unique()), { secret: NEW })).toMatchObject({ status: 200 })
  expect(await amountsOf(workspaceId)).toEqual([25, 25])
})

test('what is not signed, signed by another, for another body or too long ago is refused, and nothing is credited', async () => {
  const { id: workspaceId } = await harness.workspace()
  const event = paid(workspaceId, unique())
  const refused = { status: 400, code: 'invalid_signature' }
  expect(await send(event, { secret: 'whsec_of_somebody_else' })).toMatchObject(refused)
  expect(await send(event, { signed: '{}' })).toMatchObject(refused)
  expect(await send(event, { secondsAgo: 301 })).toMatchObject(refused)
  const unsigned = await harness.server.app.inject({ method: 'POST', url: '/payments/stripe', payload: event })
  expect(unsigned.statusCode).toBe(400)
  expect(await ledgerOf(workspaceId)).toEqual([])
  expect(await send({ id: 'evt_x' })).toMatchObject({ status: 400, code: 'invalid_event' })
})

test('refunds take what they add to each other, once each, in whatever order they come', async () => {
  const { id: workspaceId } = await harness.workspace()
  const payment = unique()
  await send(paid(workspaceId, payment))
  const [first, second, last] = [refunded(payment, 500), refunded(payment, 1_200), refunded(payment, 2_500)]
  expect(await send(first)).toMatchObject({ status: 200, outcome: 'refunded' })
  await send(first)
  expect(await amountsOf(workspaceId)).toEqual([25, -5])
  await send(last)
  await Promise.all([send(second), send(last), send(first)])
  expect(await amountsOf(workspaceId)).toEqual([25, -5, -20])
  expect(await balanceOf(workspaceId)).toBe(0)
})

test('refunds that come at once add up to the last one', async () => {
  const { id: workspaceId } = await harness.workspace()
  const payment = unique()
  await send(paid(workspaceId, payment))
  await Promise.all([100, 300, 600, 1_000, 1_500].map((amount) => send(refunded(payment, amount))))
  expect(await balanceOf(workspaceId)).toBe(10)
  const amounts = await amountsOf(workspaceId)
  expect(Math.round(amounts.reduce((sum, amount) => sum + amount, 0))).toBe(10)
})

test('a refund that comes before its payment is taken with it', async () => {
  const { id: workspaceId } = await harness.workspace()
  const payment = unique()
  expect(await send(refunded(payment, 1_000))).toMatchObject({ status: 200, outcome: 'noted' })
  await send(paid(workspaceId, payment))
  expect(await amountsOf(workspaceId)).toEqual([25, -10])
})

test('a refund finds in the ledger what a crash kept from it', async () => {
  const { id: workspaceId } = await harness.workspace()
  const payment = unique()
  const event = paid(workspaceId, payment)
  // As if the process had died after writing the payment, and Stripe had told of a refund before it told again.
  const [model] = harness.controlPlane.modules.payments.models
  const facts = { provider: 'stripe', sessionId: 'cs', eventId: event.id, position: unique(), at: Date.now() } as const
  const money = { amountNanodollars: 25_000_000_000, refundedNanodollars: 0, refunds: [] }
  await model.create([{ _id: `stripe:pi_${payment}`, workspaceId, ...facts, ...money }])
  await send(refunded(payment, 2_500))
  await send(event)
  expect(await amountsOf(workspaceId)).toEqual([25, -25])
})

test('what a bank takes for a dispute leaves the balance and comes back to it, once each, with its event for a cause', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const payment = unique()
  await send(paid(workspaceId, payment))
  const [withdrawn, reinstated] = [disputed(payment, 'withdrawn'), disputed(payment, 'reinstated')]
  expect(await send(disputed(payment, 'opened'))).toMatchObject({ status: 200, outcome: 'disputed' })
  expect(await amountsOf(workspaceId)).toEqual([25])
  await Promise.all([send(withdrawn), send(withdrawn)])
  // Stripe may tell of one thing in two events.
  await send(disputed(payment, 'withdrawn'))
  expect(await ledgerOf(workspaceId)).toContainEqual({
    id: `payment-dispute:${withdrawn.id}`,
    type: 'adjustment',
    amount: -20,
  })
  expect(await balanceOf(workspaceId)).toBe(5)
  const [alert] = await openAlerts('payment_disputed')
  expect(alert).toMatchObject({ subject: `stripe:dp_${payment}` })
  expect(alert?.message).toContain(`for the workspace ${workspaceId} is disputed (stripe:dp_${payment}); $20 were`)
  const LIST = 'query ($workspaceId: ID!) { payments(workspaceId: $workspaceId) { nodes { disputed refunded } } }'
  expect(await owner.client.run(LIST, { workspaceId })).toEqual({
    payments: { nodes: [{ disputed: 20, refunded: 0 }] },
  })

  await Promise.all([send(reinstated), send(reinstated), send(withdrawn)])
  expect(await amountsOf(workspaceId)).toEqual([25, 20, -20])
  expect(await balanceOf(workspaceId)).toBe(25)
  expect(await openAlerts('payment_disputed')).toEqual([])
})

test('steps of a dispute come in any order, before their payment too; a lost one is told of until it is closed', async () => {
  const { id: workspaceId } = await harness.workspace()
  const [payment, other] = [unique(), unique()]
  // Of a payment that was refunded in part less comes back.
  const moved = [-2_000, 500].map((amount) => ({ amount, currency: 'usd' }))
  const back = disputed(payment, 'reinstated', { balance_transactions: moved })
  expect(await send(back)).toMatchObject({ status: 200, outcome: 'noted' })
  await send(disputed(payment, 'withdrawn', { balance_transactions: moved.slice(0, 1) }))
  await send(paid(workspaceId, payment))
  await send(back)
  expect(await amountsOf(workspaceId)).toEqual([25, 5, -20])
  expect(await openAlerts('payment_disputed')).toEqual([])

  await send(paid(workspaceId, other))
  await send(disputed(other, 'withdrawn', { amount: 99_000 }))
  expect(await balanceOf(workspaceId)).toBe(10)
  expect(await openAlerts('payment_disputed')).toHaveLength(1)
  await send(disputed(other, 'closed'))
  expect(await openAlerts('payment_disputed')).toEqual([])
})

test('a workspace that does not exist is not credited: Stripe is to try again, and an admin is told until it works', async () => {
  const payment = unique()
  const lost = await send(paid('nowhere', payment))
  expect(lost).toMatchObject({ status: 404, code: 'workspace_not_found' })
  const [alert] = await openAlerts()
  expect(alert).toMatchObject({ subject: `stripe:pi_${payment}`, count: 1 })
  expect(alert?.message).toContain('There is no workspace "nowhere"')

  const { id: workspaceId } = await harness.workspace()
  await send(paid(workspaceId, payment))
  expect(await openAlerts()).toEqual([])
})

test('what cannot be credited however often it comes is taken as read, and an admin is told', async () => {
  const { id: workspaceId } = await harness.workspace()
  const payment = unique()
  const foreign = await send(paid(workspaceId, payment, { currency: 'eur' }))
  expect(foreign).toMatchObject({ status: 200, outcome: 'not-credited' })
  await send(paid('', unique()))
  await send(paid('', unique()))
  const alerts = await openAlerts()
  expect(alerts.map(({ subject, count }) => [subject, count])).toEqual([
    ['stripe:no-workspace', 2],
    [`stripe:pi_${payment}`, 1],
  ])
  expect(await ledgerOf(workspaceId)).toEqual([])
})

test('without a payment provider there is no door for its events', async () => {
  const app = fastify()
  const { environment, ...others } = harness.controlPlane
  addPaymentRoutes(app, { ...others, environment: { ...environment, payments: null } })
  const { statusCode } = await app.inject({ method: 'POST', url: '/payments/stripe', payload: {} })
  expect(statusCode).toBe(404)
})

test('events of other types are taken as read', async () => {
  const other = { id: 'evt_other', type: 'customer.created', data: { object: {} } }
  expect(await send(other)).toMatchObject({ status: 200, outcome: 'ignored' })
})

test('of two workspaces that one payment names the first is credited', async () => {
  const [first, second] = [await harness.workspace(), await harness.workspace()]
  const payment = unique()
  await send(paid(first.id, payment))
  await send(paid(second.id, payment))
  expect([await amountsOf(first.id), await amountsOf(second.id)]).toEqual([[25], []])
})
