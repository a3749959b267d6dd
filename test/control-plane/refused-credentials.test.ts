import { afterAll, beforeAll, expect, test } from 'vitest'
import { openQueue } from '../../shared/queues/define-queue.ts'
import { credentialRefusalsQueue, type CredentialRefusal } from '../../shared/queues/credential-refusals.queue.ts'
import { connectRedis, type Redis } from '../../shared/redis/connect.ts'
import { credentialFingerprint } from '../../shared/secrets/credential-fingerprint.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'
import type { GraphqlClient } from '../helpers/graphql-client.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let harness: ControlPlaneHarness
let redis: Redis
beforeAll(async () => {
  harness = await startControlPlane()
  redis = connectRedis({ url: harness.services.redisUrl, name: 'data-plane', mode: 'patient' })
  redis.on('error', () => undefined)
})
afterAll(async () => {
  redis.disconnect()
  await harness.close()
})

const CREATE = `mutation ($workspaceId: ID!, $input: CreateCredentialInput!) {
  createCredential(workspaceId: $workspaceId, input: $input) { id refusedAt refusalReason }
}`
const UPDATE = `mutation ($workspaceId: ID!, $id: ID!, $input: UpdateCredentialInput!) {
  updateCredential(workspaceId: $workspaceId, id: $id, input: $input) { name lastFour refusedAt refusalReason }
}`
const SEEN = `query ($workspaceId: ID!) {
  credentials(workspaceId: $workspaceId) { id name refusedAt refusalReason }
  alerts(workspaceId: $workspaceId, filter: { state: open }) { nodes { kind subject message owner count } }
}`
const SECRET = 'sk-proj-abcdefghijklmnop1234'

interface Seen {
  readonly credentials: { id: string; refusedAt: string | null; refusalReason: string | null }[]
  readonly alerts: { nodes: { kind: string; subject: string; message: string; count: number }[] }
}

async function createCredential(client: GraphqlClient, workspaceId: string): Promise<string> {
  const input = { name: 'Production', gateway: 'openai', secret: SECRET }
  const made = await client.run<{ createCredential: { id: string } }>(CREATE, { workspaceId, input })
  return made.createCredential.id
}

/** As the data plane tells of a credential it has from the snapshot. */
async function refusalOf(workspaceId: string, credentialId: string): Promise<CredentialRefusal> {
  const known = await harness.controlPlane.modules.credentials.readModel.forSnapshot(workspaceId)
  const credential = known.find(({ id }) => id === credentialId)
  if (!credential) throw new Error('there is no such credential')
  return {
    workspaceId: workspaceId === 'platform' ? null : workspaceId,
    credentialId,
    fingerprint: credentialFingerprint(credential),
    status: 401,
    reason: 'Incorrect API key provided: [secret]',
    at: Date.parse('2026-11-22T00:00:00Z'),
  }
}

const mark = (refusal: CredentialRefusal) => harness.controlPlane.modules.credentials.service.markRefused(refusal)

test('a refused credential is marked and alerted of once, however often it is refused', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const id = await createCredential(owner.client, workspaceId)
  const refusal = await refusalOf(workspaceId, id)
  await mark(refusal)
  await mark({ ...refusal, at: refusal.at + 1_000 })
  const seen = await owner.client.run<Seen>(SEEN, { workspaceId })
  expect(seen.credentials).toEqual([
    { id, name: 'Production', refusedAt: '2026-11-22T00:00:01.000Z', refusalReason: refusal.reason },
  ])
  expect(seen.alerts.nodes).toMatchObject([{ kind: 'credential_refused', subject: id, owner: 'config', count: 2 }])
  expect(seen.alerts.nodes[0]?.message).toContain('"Production"')
})

test('a new secret clears the mark and resolves the alert; a late word about the old one is not heard', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const id = await createCredential(owner.client, workspaceId)
  const refusal = await refusalOf(workspaceId, id)
  await mark(refusal)
  const updated = await owner.client.run(UPDATE, { workspaceId, id, input: { secret: 'sk-proj-new-5678' } })
  const fresh = { name: 'Production', lastFour: '5678', refusedAt: null, refusalReason: null }
  expect(updated).toEqual({ updateCredential: fresh })
  await mark(refusal)
  const { credentials, alerts } = await owner.client.run<Seen>(SEEN, { workspaceId })
  expect(credentials[0]?.refusedAt).toBeNull()
  expect(alerts.nodes).toEqual([])

  await mark(await refusalOf(workspaceId, id))
  expect((await owner.client.run<Seen>(SEEN, { workspaceId })).alerts.nodes).toMatchObject([{ count: 1 }])
})

test('another name is no other secret: the mark stays', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const id = await createCredential(owner.client, workspaceId)
  const refusal = await refusalOf(workspaceId, id)
  await mark(refusal)
  await owner.client.run(UPDATE, { workspaceId, id, input: { name: 'Renamed' } })
  const { credentials, alerts } = await owner.client.run<Seen>(SEEN, { workspaceId })
  expect(credentials).toMatchObject([{ name: 'Renamed', refusalReason: refusal.reason }])
  expect(alerts.nodes).toHaveLength(1)
  expect(await refusalOf(workspaceId, id)).toEqual(refusal)
})

test('of a credential that was deleted nothing is kept, and its alert is resolved', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const id = await createCredential(owner.client, workspaceId)
  const refusal = await refusalOf(workspaceId, id)
  await mark(refusal)
  await owner.client.run('mutation ($w: ID!, $id: ID!) { deleteCredential(workspaceId: $w, id: $id) }', {
    w: workspaceId,
    id,
  })
  await mark(refusal)
  expect(await owner.client.run<Seen>(SEEN, { workspaceId })).toEqual({ credentials: [], alerts: { nodes: [] } })
})

test('a credential of the platform is the platform’s to mend: its admins are alerted, its workspaces are not', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const id = await createCredential(harness.admin, 'platform')
  await mark(await refusalOf('platform', id))
  const seen = await harness.admin.run<Seen>(SEEN, { workspaceId: 'platform' })
  expect(seen.alerts.nodes).toMatchObject([{ kind: 'credential_refused', subject: id }])
  expect((await owner.client.run<Seen>(SEEN, { workspaceId })).alerts.nodes).toEqual([])
  expect(await owner.client.codeOf(SEEN, { workspaceId: 'platform' })).toBe('workspace_not_found')
})

test('what a data plane puts into the queue reaches the credential through the worker', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const id = await createCredential(owner.client, workspaceId)
  await harness.startWorkers()
  const queue = openQueue(credentialRefusalsQueue, redis)
  await queue.send(await refusalOf(workspaceId, id))
  await queue.close()
  const seen = await waitUntil(async () => {
    const now = await owner.client.run<Seen>(SEEN, { workspaceId })
    return now.alerts.nodes.length > 0 && now
  })
  expect(seen.credentials[0]?.refusedAt).toBe('2026-11-22T00:00:00.000Z')
})

test('a refusal changes nothing of what is served', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const id = await createCredential(owner.client, workspaceId)
  const { snapshots, credentials } = harness.controlPlane.modules
  const before = await snapshots.readModel.find(workspaceId)
  const served = await credentials.readModel.forSnapshot(workspaceId)
  await mark(await refusalOf(workspaceId, id))
  expect((await snapshots.readModel.find(workspaceId)).changes).toBe(before.changes)
  expect(await credentials.readModel.forSnapshot(workspaceId)).toEqual(served)
})
