import { expect, test } from 'vitest'
import { createWebhookSecret, signWebhook } from '../../../control-plane/modules/webhooks/sign-webhook.ts'

/** Published: the libraries of github.com/standard-webhooks/standard-webhooks, and docs.svix.com "Verifying manually". */
const VECTORS = [
  {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    message: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampSeconds: 1614265330, body: '{"test": 2432232314}' },
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  {
    secret: 'whsec_plJ3nmyCDGBKInavdOK15jsl',
    message: {
      id: 'msg_loFOjxBNrRLzqYUf',
      timestampSeconds: 1731705121,
      body: '{"event_type":"ping","data":{"success":true}}',
    },
    signature: 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
  },
]

test.each(VECTORS)('the signature is that of the published example $message.id', ({ secret, message, signature }) => {
  expect(signWebhook(message, [secret])).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': signature,
  })
})

test('while a secret takes the place of another both sign, with a space between', () => {
  const message = { id: 'msg_1', timestampSeconds: 1, body: '{}' }
  const [first, second] = [createWebhookSecret(), createWebhookSecret()]
  const alone = [first, second].map((secret) => signWebhook(message, [secret])['webhook-signature'])
  expect(signWebhook(message, [first, second])['webhook-signature']).toBe(alone.join(' '))
  expect(alone[0]).not.toBe(alone[1])
})

test('a secret has 256 bits in base64 behind its prefix', () => {
  const secret = createWebhookSecret()
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32)
})
