import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findEndpointFault } from '../../../control-plane/modules/webhooks/endpoint-url.ts'
import { createPostWebhook } from '../../../control-plane/modules/webhooks/post-webhook.ts'
import type { UpstreamPolicy } from '../../../shared/network/upstream-address.ts'
import { systemClock } from '../../../shared/runtime/clock.ts'
import { startWebhookReceiver, statusReply, type WebhookReceiver } from '../../helpers/webhook-receiver.ts'

let receiver: WebhookReceiver
beforeAll(async () => {
  receiver = await startWebhookReceiver()
})
beforeEach(() => {
  receiver.received.length = 0
  receiver.answer(statusReply(204))
})
afterAll(() => receiver.close())

function post(
  url: string,
  { policy = 'loopback', limitMs = 5_000 }: { policy?: UpstreamPolicy; limitMs?: number } = {},
) {
  return createPostWebhook({ policy, clock: systemClock, limitMs })({ url, headers: { a: 'b' }, body: '{}' })
}

test.each<[string, UpstreamPolicy, string | null]>([
  ['https://hooks.example.com/a?token=b', 'public', null],
  ['http://hooks.example.com', 'public', 'must start with https://'],
  ['https://10.0.0.1/', 'public', 'points at 10.0.0.1, which is not a public address'],
  ['https://[::ffff:169.254.169.254]/', 'private', 'points at ::ffff:a9fe:a9fe, which is not a public address'],
  ['https://2130706433/', 'public', 'points at 127.0.0.1, which is not a public address'],
  ['http://127.0.0.1:9000/', 'loopback', null],
  ['http://10.0.0.1/', 'loopback', 'points at 10.0.0.1, which is not a public address'],
  ['https://user:word@example.com', 'public', 'must not hold a user name or password'],
  ['https://example.com/#part', 'public', 'must not hold a query or a fragment'],
  ['ftp://example.com', 'private', 'must start with https:// or http://'],
  ['hooks', 'private', 'is not a URL'],
])('of the address %s the policy %s says: %s', (url, policy, fault) => {
  expect(findEndpointFault(url, policy)).toBe(fault)
})

test('a message is sent as it is, and the status of the answer is what counts', async () => {
  receiver.answer(statusReply(503, { 'retry-after': '7' }))
  expect(await post(`${receiver.url}/a?b=c`)).toEqual({ type: 'answered', status: 503, retryAfterMs: 7_000 })
  expect(receiver.received).toMatchObject([{ path: '/a?b=c', headers: { a: 'b' }, body: '{}' }])
})

test('a redirect is not followed', async () => {
  receiver.answer(statusReply(307, { location: `${receiver.url}/elsewhere` }))
  expect(await post(receiver.url)).toMatchObject({ status: 307 })
  expect(receiver.received).toHaveLength(1)
})

test('an address that is not allowed is not called, however it is written', async () => {
  const named = await post(`https://localhost:${receiver.port}`, { policy: 'public' })
  expect(named).toEqual({ type: 'unanswered', fault: 'its name leads to an address that may not be called' })
  const literal = await post(`https://127.0.0.1:${receiver.port}`, { policy: 'public' })
  expect(literal).toMatchObject({ fault: 'the URL points at 127.0.0.1, which is not a public address' })
  expect(receiver.received).toEqual([])
})

test('an answer without an end is cut, and its status counts', async () => {
  receiver.answer((response) => {
    response.writeHead(200)
    const more = (error?: Error | null): void =>
      void (error || response.destroyed || response.write(Buffer.alloc(65_536), more))
    more()
  })
  expect(await post(receiver.url)).toMatchObject({ type: 'answered', status: 200 })
})

test('a receiver that says nothing is left when its time is over', async () => {
  receiver.answer(() => undefined)
  const outcome = await post(receiver.url, { limitMs: 50 })
  expect(outcome).toEqual({ type: 'unanswered', fault: 'it did not answer within 0.05 s' })
})

test('where nobody listens, that is said', async () => {
  const gone = await startWebhookReceiver()
  await gone.close()
  expect(await post(gone.url)).toEqual({ type: 'unanswered', fault: 'it could not be reached (ECONNREFUSED)' })
})
