import { Queue } from 'bullmq'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { credentialRefusalsQueue, type CredentialRefusal } from '../../shared/queues/credential-refusals.queue.ts'
import { QUEUE_PREFIX } from '../../shared/redis/keys.ts'
import { credentialFingerprint } from '../../shared/secrets/credential-fingerprint.ts'
import { seal } from '../../shared/secrets/seal.ts'
import type { SnapshotCredential } from '../../shared/snapshot/snapshot-schema.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { key, workspace } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const SECRET = 'sk-own-abcdefghijklmnop'

let plane: DataPlaneHarness
let queue: Queue<CredentialRefusal>
beforeAll(async () => {
  plane = await startDataPlane()
  queue = new Queue<CredentialRefusal>(credentialRefusalsQueue.name, {
    connection: plane.redis,
    prefix: QUEUE_PREFIX,
    skipVersionCheck: true,
  })
  queue.on('error', () => undefined)
})
afterAll(async () => {
  await queue.close()
  await plane.stop()
})

let made = 0
let caller: { secret: string }
let credential: SnapshotCredential
/** A workspace with a credential of its own that no other test has told of. */
beforeEach(async () => {
  made += 1
  const id = `credential-${made}`
  const { secret, key: itsKey } = key()
  caller = { secret }
  credential = {
    id,
    gateway: 'simulator',
    sealedSecret: seal(SECRET, id, plane.environment.masterKey),
    baseUrl: plane.simulator.url(),
    settings: {},
  }
  await plane.publish(workspace({ workspaceId: `own-${made}`, keys: [itsKey], credentials: [credential] }))
  await queue.drain()
})

const refuse = (status = 401, message = `Incorrect API key provided: ${SECRET}.`): void => {
  plane.simulator.script.add({ type: 'status', status, body: { error: { message } } })
}

// Each call goes to an endpoint of its own: what failed before must not have closed it.
const chat = (): Promise<Response> =>
  plane.post('/v1/chat/completions', { ...CHAT, model: plane.spareModel() }, { apiKey: caller.secret })

async function told(count: number): Promise<CredentialRefusal[]> {
  const jobs = await waitUntil(async () => {
    const waiting = await queue.getJobs(['waiting'], 0, -1, true)
    return waiting.length >= count && waiting
  })
  return jobs.map((job) => job.data)
}

test.each([401, 403])(
  'a %d of our credential is never one to the caller, and is told of without the secret',
  async (status) => {
    refuse(status)
    const response = await chat()
    expect(response.status).toBe(503)
    expect(await errorOf(response)).toMatchObject({ type: 'no_provider_available' })
    const [refusal] = await told(1)
    expect(refusal).toMatchObject({
      workspaceId: `own-${made}`,
      credentialId: credential.id,
      fingerprint: credentialFingerprint(credential),
      status,
      reason: 'Incorrect API key provided: [secret]',
    })
  },
)

test('the record of the attempt holds no secret either', async () => {
  refuse()
  const id = (await chat()).headers.get('x-nr-generation-id')
  const record = await waitUntil(async () => (await plane.generations(1)).find((generation) => generation.id === id))
  expect(record.attempts).toMatchObject([{ outcome: 'credential', detail: 'Incorrect API key provided: [secret]' }])
})

test('many refusals of one credential are told of once, until it is another one', async () => {
  for (let index = 0; index < 3; index += 1) refuse()
  await Promise.all([chat(), chat(), chat()])
  plane.simulator.script.clear()
  expect(await told(1)).toHaveLength(1)

  const rotated = {
    ...credential,
    sealedSecret: seal('sk-other-0123456789', credential.id, plane.environment.masterKey),
  }
  const { secret, key: itsKey } = key()
  await plane.publish(workspace({ workspaceId: `own-${made}`, keys: [itsKey], credentials: [rotated] }))
  caller = { secret }
  refuse()
  await waitUntil(async () => (await chat()).status === 503)
  const both = await told(2)
  expect(both.map(({ fingerprint }) => fingerprint)).toEqual([credential, rotated].map(credentialFingerprint))
})

test('a refused credential of the platform is the platform’s, whoever called', async () => {
  refuse()
  expect((await plane.post('/v1/chat/completions', CHAT)).status).toBe(503)
  expect(await told(1)).toMatchObject([{ workspaceId: null, credentialId: 'platform-simulator' }])
})

test('other failures are not told of', async () => {
  plane.simulator.script.add({ type: 'status', status: 500, times: 2 })
  plane.simulator.script.add({ type: 'status', status: 429 })
  await chat()
  await chat()
  refuse()
  await chat()
  expect(await told(1)).toHaveLength(1)
})

test('while Redis is away a refusal is still a 503 at once, and the next one after it is back is told of', async () => {
  // Served once, the workspace is in memory.
  expect((await chat()).status).toBe(200)
  await plane.redisServer.stop()
  refuse()
  const startedMs = performance.now()
  expect((await chat()).status).toBe(503)
  expect(performance.now() - startedMs).toBeLessThan(2_000)
  await plane.redisServer.start()
  // The same credential is left alone for a while; one that was changed is asked at once.
  const sealedSecret = seal('sk-other-0123456789', credential.id, plane.environment.masterKey)
  const { secret, key: itsKey } = key()
  const rotated = workspace({
    workspaceId: `own-${made}`,
    keys: [itsKey],
    credentials: [{ ...credential, sealedSecret }],
  })
  await plane.publish(rotated)
  caller = { secret }
  plane.simulator.script.clear()
  refuse()
  await waitUntil(async () => {
    await chat()
    const waiting = await queue.getJobs(['waiting'], 0, -1, true).catch(() => [])
    return waiting.some((job) => job.data.credentialId === credential.id)
  })
})
