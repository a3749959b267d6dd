import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { NewAlert } from '../../control-plane/modules/alerts/index.ts'
import { asServer } from '../helpers/connect-server.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import type { GraphqlClient } from '../helpers/graphql-client.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import {
  CREATE,
  createWebhook,
  DELETE,
  deliveriesOf,
  documentedCheck,
  LIST,
  REDELIVER,
  ROTATE,
  TEST,
  UPDATE,
  webhooksOf,
  type Delivery,
  type Endpoint,
} from '../helpers/webhook-client.ts'
import {
  startWebhookReceiver,
  statusReply,
  type ReceivedWebhook,
  type WebhookReceiver,
} from '../helpers/webhook-receiver.ts'

/** Attempts are made by hand, with the clock put forward; the last test has workers make them. */
let harness: ControlPlaneHarness
let receiver: WebhookReceiver
beforeAll(async () => {
  receiver = await startWebhookReceiver()
  harness = await startControlPlane({ ALLOW_PRIVATE_UPSTREAMS: 'loopback' })
})
beforeEach(() => {
  receiver.received.length = 0
  receiver.answer(statusReply(204))
})
afterAll(async () => {
  await harness.close()
  await receiver.close()
})

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function create(client: GraphqlClient, workspaceId: string, more: object = {}): Promise<Endpoint> {
  return createWebhook(client, { workspaceId, url: receiver.url, ...more })
}

function alerts() {
  return harness.controlPlane.modules.alerts
}

function raise(workspaceId: string, more: Partial<NewAlert> = {}): Promise<void> {
  const given = { kind: 'price_unknown', subject: 'openai:gpt-x', message: 'Look.', owner: 'config' } as const
  return alerts().service.raise({ workspaceId, ...given, ...more })
}

function resolve(workspaceId: string): Promise<void> {
  return alerts().service.resolveSubject(workspaceId, { kind: 'price_unknown', subject: 'openai:gpt-x' })
}

function lastReceived(): ReceivedWebhook {
  const received = receiver.received.at(-1)
  if (!received) throw new Error('nothing was received')
  return received
}

/** One attempt at each delivery that is due. */
async function attempt(workspaceId: string): Promise<void> {
  const { service, readModel } = harness.controlPlane.modules.webhooks
  const page = await readModel.deliveries(workspaceId, { state: 'pending' }, { first: 100, after: null })
  for (const { _id, round } of page.nodes.toReversed()) await service.deliver({ workspaceId, deliveryId: _id, round })
}

test('an alert that opens reaches who wants its kind, signed so that the documented example and an independent library take it', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { id, secret } = await create(owner.client, workspaceId, { kinds: ['price_unknown'] })
  await create(owner.client, workspaceId, { url: `${receiver.url}/other`, kinds: ['credential_refused'] })
  await raise(workspaceId)
  await attempt(workspaceId)

  expect(receiver.received).toHaveLength(1)
  const { headers, body } = lastReceived()
  expect(JSON.parse(body)).toMatchObject({
    type: 'alert.opened',
    data: { alert: { workspaceId, kind: 'price_unknown', subject: 'openai:gpt-x', count: 1, resolvedAt: null } },
  })
  const isGenuine = await documentedCheck()
  expect(isGenuine(headers, body, secret)).toBe(true)
  expect(isGenuine(headers, body.replace('Look', 'Pay'), secret)).toBe(false)
  expect(isGenuine(headers, body, `whsec_${btoa('another')}`)).toBe(false)
  expect(isGenuine(headers, body, secret, Date.now() + 600_000)).toBe(false)
  const given = Object.entries(headers).filter(([name]) => name.startsWith('webhook-')) as [string, string][]
  const client = new OpenAI({ apiKey: 'none', webhookSecret: secret })
  await expect(client.webhooks.unwrap(body, Object.fromEntries(given))).resolves.toBeTypeOf('object')

  expect(await deliveriesOf(owner.client, workspaceId)).toMatchObject([
    { id: headers['webhook-id'], webhookId: id, body, state: 'delivered', attempts: 1, lastStatus: 204 },
  ])
})

test('an alert that is raised again is not told of again; that it is resolved is told once', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await create(owner.client, workspaceId)
  await Promise.all([raise(workspaceId), raise(workspaceId), raise(workspaceId)])
  await raise(workspaceId)
  await resolve(workspaceId)
  await resolve(workspaceId)
  await attempt(workspaceId)
  await attempt(workspaceId)
  const types = receiver.received.map(({ body }) => JSON.parse(body).type)
  expect(types.toSorted()).toEqual(['alert.opened', 'alert.resolved'])
  await raise(workspaceId)
  expect(await deliveriesOf(owner.client, workspaceId)).toHaveLength(3)
})

test('what failed is sent again later, the same under the same id, with the time of its attempt, until it gets through', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await create(owner.client, workspaceId)
  receiver.answer(statusReply(500))
  await raise(workspaceId)
  await attempt(workspaceId)
  await attempt(workspaceId)
  expect(receiver.received).toHaveLength(1)
  const [failed] = await deliveriesOf(owner.client, workspaceId)
  expect(failed).toMatchObject({ state: 'pending', attempts: 1, lastStatus: 500, lastFault: 'it answered 500' })

  receiver.answer(statusReply(200))
  harness.clock.advance(7_000)
  await attempt(workspaceId)
  const [first, second] = receiver.received
  expect(second?.body).toBe(first?.body)
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
  expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(Number(first?.headers['webhook-timestamp']))
  expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature'])

  harness.clock.advance(DAY_MS)
  await attempt(workspaceId)
  expect(receiver.received).toHaveLength(2)
})

test('of two workers that have the same job one makes the attempt', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await create(owner.client, workspaceId)
  await raise(workspaceId)
  await Promise.all([attempt(workspaceId), attempt(workspaceId), attempt(workspaceId)])
  expect(receiver.received).toHaveLength(1)
})

async function fail(workspaceId: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await attempt(workspaceId)
    harness.clock.advance(10 * HOUR_MS)
  }
}

test('after ten attempts a delivery is given up; after days an endpoint is disabled, and the others are told', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const dead = await create(owner.client, workspaceId)
  receiver.answer(statusReply(404))
  await raise(workspaceId)
  await fail(workspaceId, 12)
  expect(receiver.received).toHaveLength(10)
  expect(await deliveriesOf(owner.client, workspaceId)).toMatchObject([{ state: 'failed', attempts: 10 }])
  const other = await create(owner.client, workspaceId, { url: `${receiver.url}/other` })

  const [disabled, healthy] = await webhooksOf(owner.client, workspaceId)
  expect(disabled).toMatchObject({ id: dead.id, disabledReason: 'Nothing got through to it for three days.' })
  expect(healthy).toMatchObject({ id: other.id, disabledAt: null })
  await alerts().service.announceLeft(await alerts().readModel.listUnannounced(10))
  await raise(workspaceId, { subject: 'later' })
  const told = await deliveriesOf(owner.client, workspaceId, { state: 'pending' })
  expect(told.map(({ webhookId }) => webhookId)).toEqual([other.id])

  const enabled = await owner.client.run(UPDATE, { workspaceId, id: dead.id, input: { enabled: true } })
  expect(enabled).toMatchObject({ updateWebhook: { disabledAt: null, failingSince: null } })
  const open = await alerts().readModel.page(workspaceId, { state: 'open' }, { first: 10, after: null })
  expect(open.nodes.map(({ kind }) => kind)).not.toContain('webhook_disabled')
})

test('an endpoint that is disabled is not told of that itself', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const gone = await create(owner.client, workspaceId, { url: `${receiver.url}/gone` })
  const other = await create(owner.client, workspaceId, { kinds: ['webhook_disabled'] })
  receiver.answer(statusReply(410))
  await raise(workspaceId)
  await attempt(workspaceId)
  receiver.answer(statusReply(200))
  await attempt(workspaceId)
  const told = await deliveriesOf(owner.client, workspaceId)
  expect(told.map(({ webhookId, state, attempts }) => [webhookId, state, attempts])).toEqual([
    [other.id, 'delivered', 1],
    [gone.id, 'failed', 1],
  ])
  const { data } = JSON.parse(lastReceived().body)
  expect(data.alert).toMatchObject({ kind: 'webhook_disabled', subject: gone.id, owner: 'config' })
  expect(data.alert.message).not.toContain('/gone')
})

test('a redirect is a failure, and is not followed', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  await create(owner.client, workspaceId)
  receiver.answer(statusReply(302, { location: receiver.url }))
  await raise(workspaceId)
  await attempt(workspaceId)
  expect(receiver.received).toHaveLength(1)
  const [delivery] = await deliveriesOf(owner.client, workspaceId)
  expect(delivery).toMatchObject({ state: 'pending', lastFault: 'it answered 302, and redirects are not followed' })
})

test('addresses that may not be called are refused, and so is more than a workspace may have', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  for (const url of ['http://10.0.0.1/', 'http://169.254.169.254/latest', 'file:///etc/passwd', 'nowhere']) {
    expect(await owner.client.codeOf(CREATE, { workspaceId, url })).toBe('invalid_webhook_url')
  }
  const { id } = await create(owner.client, workspaceId)
  const inward = { workspaceId, id, input: { url: 'http://192.168.0.1/' } }
  expect(await owner.client.codeOf(UPDATE, inward)).toBe('invalid_webhook_url')
  expect(await owner.client.codeOf(CREATE, { workspaceId, url: receiver.url, kinds: [] })).toBe('invalid_input')
  for (let made = 1; made < 10; made += 1) await create(owner.client, workspaceId)
  expect(await owner.client.codeOf(CREATE, { workspaceId, url: receiver.url })).toBe('too_many_webhooks')
})

test('for a day after a rotation the old secret signs too, and neither can be read', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { id, secret: old } = await create(owner.client, workspaceId)
  const { rotateWebhookSecret: rotated } = await owner.client.run<{ rotateWebhookSecret: { secret: string } }>(ROTATE, {
    workspaceId,
    id,
  })
  const isGenuine = await documentedCheck()
  const signers = async (subject: string): Promise<boolean[]> => {
    await raise(workspaceId, { subject })
    await attempt(workspaceId)
    const { headers, body } = lastReceived()
    return [old, rotated.secret].map((secret) => isGenuine(headers, body, secret, harness.clock.now()))
  }
  expect(await signers('that day')).toEqual([true, true])
  harness.clock.advance(DAY_MS)
  expect(await signers('later')).toEqual([false, true])

  const { readModel } = harness.controlPlane.modules.webhooks
  const readable = JSON.stringify([await readModel.list(workspaceId), await webhooksOf(owner.client, workspaceId)])
  for (const secret of [old, rotated.secret]) expect(readable).not.toContain(secret.slice('whsec_'.length))
})

test('a test is one message, also to an endpoint that is disabled; whoever asks for a delivery again gets the same', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { id } = await create(owner.client, workspaceId)
  await owner.client.run(UPDATE, { workspaceId, id, input: { enabled: false } })
  await raise(workspaceId)
  receiver.answer(statusReply(500))
  const { testWebhook } = await owner.client.run<{ testWebhook: Delivery }>(TEST, { workspaceId, id })
  await attempt(workspaceId)
  expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual(['webhook.test'])
  expect(await deliveriesOf(owner.client, workspaceId)).toMatchObject([{ id: testWebhook.id, state: 'failed' }])
  expect(await webhooksOf(owner.client, workspaceId)).toMatchObject([{ failingSince: null }])

  receiver.answer(statusReply(200))
  const again = { workspaceId, id: testWebhook.id }
  expect(await owner.client.run(REDELIVER, again)).toMatchObject({ redeliver: { state: 'pending', attempts: 0 } })
  await attempt(workspaceId)
  const [first, second] = receiver.received
  expect([second?.headers['webhook-id'], second?.body]).toEqual([first?.headers['webhook-id'], first?.body])
  expect(await deliveriesOf(owner.client, workspaceId)).toMatchObject([{ state: 'delivered', attempts: 1 }])
})

test('a deleted webhook is told nothing more', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { id } = await create(owner.client, workspaceId)
  await raise(workspaceId)
  await owner.client.run(DELETE, { workspaceId, id })
  await attempt(workspaceId)
  expect(receiver.received).toEqual([])
  expect(await deliveriesOf(owner.client, workspaceId)).toMatchObject([{ state: 'failed' }])
  expect(await owner.client.codeOf(DELETE, { workspaceId, id })).toBe('webhook_not_found')
})

test('a developer sees webhooks, an admin manages them, and nobody those of another workspace or of the platform', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { id } = await create(owner.client, workspaceId)
  const [viewer, developer] = [
    await harness.member(workspaceId, 'viewer'),
    await harness.member(workspaceId, 'developer'),
  ]
  expect(await viewer.client.codeOf(LIST, { workspaceId })).toBe('forbidden')
  expect(await developer.client.codeOf(LIST, { workspaceId })).toBeNull()
  expect(await developer.client.codeOf(CREATE, { workspaceId, url: receiver.url })).toBe('forbidden')
  expect(await developer.client.codeOf(ROTATE, { workspaceId, id })).toBe('forbidden')
  const { owner: stranger, id: elsewhere } = await harness.workspace()
  expect(await stranger.client.codeOf(LIST, { workspaceId })).toBe('workspace_not_found')
  expect(await stranger.client.codeOf(ROTATE, { workspaceId: elsewhere, id })).toBe('webhook_not_found')
  expect(await stranger.client.codeOf(REDELIVER, { workspaceId: elsewhere, id })).toBe('webhook_delivery_not_found')
  expect(await owner.client.codeOf(LIST, { workspaceId: 'platform' })).toBe('workspace_not_found')
  expect(await harness.admin.codeOf(LIST, { workspaceId: 'platform' })).toBeNull()
})

test('workers deliver what is announced, also what a crash left unannounced or without its job', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  // As if the process had died between writing the alert and telling of it.
  await raise(workspaceId, { subject: 'unannounced' })
  const [model] = alerts().models
  await model?.updateOne({ workspaceId }, { $set: { unannounced: ['alert.opened'] } })
  await create(owner.client, workspaceId, { url: `${receiver.url}/workers` })
  // As if Redis had lost the job.
  const { id: platformWebhook } = await create(harness.admin, 'platform', { url: `${receiver.url}/platform` })
  await raise('platform', { subject: 'of the platform' })
  await asServer(harness.controlPlane.redis).flushall()
  harness.clock.advance(61_000)

  await harness.startWorkers()
  const isTold = (path: string): boolean => receiver.received.some((each) => each.path === path)
  await waitUntil(() => isTold('/platform') && isTold('/workers'))
  await waitUntil(async () => {
    const [delivery] = await deliveriesOf(harness.admin, 'platform', { webhookId: platformWebhook })
    return delivery?.state === 'delivered'
  })
})
