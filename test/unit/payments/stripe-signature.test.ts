import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findSignatureFault } from '../../../control-plane/modules/payments/verify-stripe-signature.ts'

/** Published with Stripe's own library for .NET: `event_test_signature.json` and `EventUtilityTest.cs`. */
const EVENT = {
  id: 'evt_123',
  object: 'event',
  account: 'acct_123',
  api_version: '2017-05-25',
  created: 1533204620,
  data: {
    object: {
      id: 'cus_123',
      object: 'customer',
      created: 123456789,
      email: 'test@stripe.com',
      livemode: false,
      metadata: {},
    },
  },
  livemode: false,
  pending_webhooks: 1,
  request: { id: 'req_123', idempotency_key: 'idempotency-key-123' },
  type: 'customer.created',
}
const BODY = Buffer.from(`${JSON.stringify(EVENT, null, 2)}\n`)
const SECRET = 'webhook_secret'
const SIGNED_AT = 1533204620
const V1 = 'v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7'
const HEADER = `t=${SIGNED_AT},${V1},v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef`

interface Given {
  readonly header?: string
  readonly body?: Buffer
  readonly secrets?: readonly string[]
  readonly nowSeconds?: number
}

function faultOf({ header = HEADER, body = BODY, secrets = [SECRET], nowSeconds = SIGNED_AT + 100 }: Given = {}) {
  return findSignatureFault({ header, body }, { secrets, nowSeconds })
}

test('the published example is taken', () => {
  expect(faultOf()).toBeNull()
})

test('during a rotation either secret may have signed, and any of several signatures counts', () => {
  expect(faultOf({ secrets: ['another', SECRET] })).toBeNull()
  const other = `v1=${'0'.repeat(64)}`
  expect(faultOf({ header: `t=${SIGNED_AT},${other},${V1}` })).toBeNull()
  expect(faultOf({ header: `t=${SIGNED_AT}, ${V1}` })).toBeNull()
})

test.each<[string, Given]>([
  ['another secret', { secrets: ['another'] }],
  ['no secret', { secrets: [] }],
  ['another time', { header: `t=${SIGNED_AT + 1},${V1}` }],
  ['another scheme', { header: `t=${SIGNED_AT},${V1.replace('v1', 'v0')}` }],
  ['another body', { body: Buffer.concat([BODY, Buffer.from(' ')]) }],
  ['no body', { body: Buffer.alloc(0) }],
])('%s is refused', (_what, given) => {
  expect(faultOf(given)).toMatch(/^(the signature is not|Stripe-Signature is missing)/)
})

test.each(['', 't=', `t=${SIGNED_AT}`, V1, `t=1e9,${V1}`, `t=${SIGNED_AT},v1=zz`, 'v1=,t=1', '='.repeat(5_000)])(
  'the header %j is told to be none',
  (header) => {
    expect(faultOf({ header })).toMatch(/^Stripe-Signature is missing/)
  },
)

test('a signature is good for five minutes, by a clock that may be off in either direction', () => {
  for (const late of [-300, 0, 300]) expect(faultOf({ nowSeconds: SIGNED_AT + late })).toBeNull()
  for (const late of [-301, 301]) expect(faultOf({ nowSeconds: SIGNED_AT + late })).toMatch(/5 minutes old/)
})

test('whatever the body, its own signature is taken and that of any other is not', () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  const property = fc.property(bytes, bytes, (first, second) => {
    const [body, other] = [Buffer.from(first), Buffer.from(second)]
    const signature = createHmac('sha256', SECRET)
      .update(Buffer.concat([Buffer.from(`${SIGNED_AT}.`), body]))
      .digest('hex')
    const header = `t=${SIGNED_AT},v1=${signature}`
    expect(faultOf({ header, body })).toBeNull()
    expect(faultOf({ header, body: other }) === null).toBe(body.equals(other))
  })
  fc.assert(property)
})
