import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSnapshotSources, type SnapshotSources } from '../../control-plane/snapshot/collect-sources.ts'
import { createPublishSnapshot, type PublishSnapshot } from '../../control-plane/snapshot/publish-snapshot.ts'
import { createSnapshotWriter } from '../../control-plane/snapshot/request-publish.ts'
import { createSweep } from '../../control-plane/workers/sweep.ts'
import * as redisKeys from '../../shared/redis/keys.ts'
import { connectRedis, whenRedisReady } from '../../shared/redis/connect.ts'
import { hashKey } from '../../shared/secrets/hash-key.ts'
import { decodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import {
  catalogSnapshotSchema,
  snapshotPointerSchema,
  workspaceSnapshotSchema,
  type SnapshotPointer,
  type SnapshotKey,
  type WorkspaceSnapshot,
} from '../../shared/snapshot/snapshot-schema.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
let publish: PublishSnapshot

beforeAll(async () => {
  harness = await startControlPlane()
  publish = harness.controlPlane.publishSnapshot
})
afterAll(() => harness.close())

async function pointerOf(workspaceId: string): Promise<SnapshotPointer | null> {
  const text = await harness.controlPlane.redis.get(redisKeys.snapshotPointerKey(workspaceId))
  return text === null ? null : snapshotPointerSchema.parse(JSON.parse(text))
}

async function served(workspaceId: string): Promise<WorkspaceSnapshot> {
  const pointer = await pointerOf(workspaceId)
  if (pointer === null) throw new Error('nothing is served')
  const bytes = await harness.controlPlane.redis.get(redisKeys.snapshotRevisionKey(workspaceId, pointer.revision))
  return decodeSnapshot(workspaceSnapshotSchema, bytes ?? '', pointer.revision)
}

async function createKey(workspaceId: string, name: string): Promise<{ id: string; secret: string }> {
  const { key, secret } = await harness.controlPlane.modules.keys.service.create(workspaceId, {
    name,
    allowedModels: null,
    allowedSurfaces: null,
    expiresAt: null,
    createdBy: 'test',
  })
  return { id: key._id, secret }
}

function sources(): SnapshotSources {
  const { workspaces, keys, credentials, catalog, abTests, routers, budgets, ...others } = harness.controlPlane.modules
  return createSnapshotSources({
    workspaces: workspaces.readModel,
    keys: keys.readModel,
    credentials: credentials.readModel,
    catalog: catalog.readModel,
    abTests: abTests.readModel,
    routers: routers.readModel,
    budgets: budgets.readModel,
    prices: others.prices.readModel,
    routingQuality: others.routingQuality.readModel,
    internalKeysOf: () => [],
  })
}

// Beside the keys that Signalbox itself calls with.
const liveKeys = ({ keys }: WorkspaceSnapshot): SnapshotKey[] => keys.filter(({ purpose }) => purpose === 'live')

function states() {
  return harness.controlPlane.modules.snapshots.service
}

/** A publisher that stops after it has read its sources, until it is told to go on. */
function createHeldPublisher() {
  const found = sources()
  let hasRead = (): void => undefined
  let goOn = (): void => undefined
  const read = new Promise<void>((resolve) => (hasRead = resolve))
  const released = new Promise<void>((resolve) => (goOn = resolve))
  const held: SnapshotSources = {
    ...found,
    async ofWorkspace(workspaceId) {
      const facts = await found.ofWorkspace(workspaceId)
      hasRead()
      await released
      return facts
    },
  }
  const { redis, logger } = harness.controlPlane
  return {
    publish: createPublishSnapshot({ sources: held, states: states(), redis, logger }),
    read,
    goOn: () => goOn(),
  }
}

test('a published snapshot holds the settings, keys, credentials and models of its workspace and nobody else', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const other = await harness.workspace()
  await createKey(other.id, 'theirs')
  const { secret } = await createKey(workspaceId, 'mine')
  await owner.client.run(
    `mutation ($workspaceId: ID!) {
      createCredential(workspaceId: $workspaceId, input: { name: "OpenAI", gateway: openai, secret: "sk-real-secret" }) { id }
      createModel(workspaceId: $workspaceId, input: { id: "own", baseUrl: "https://llm.example.com/v1" }) { id }
    }`,
    { workspaceId },
  )
  await publish(workspaceId)
  const snapshot = await served(workspaceId)
  expect(liveKeys(snapshot).map((key) => key.hash)).toEqual([hashKey(secret)])
  expect(snapshot.credentials.map((credential) => credential.gateway).toSorted()).toEqual(['custom', 'openai'])
  expect(snapshot.models.map((model) => model.id)).toEqual(['own'])
  expect(snapshot.settings.contentPolicy).toBe('metadata')
  expect(JSON.stringify(snapshot)).not.toContain('sk-real-secret')
  expect(await harness.controlPlane.redis.get(redisKeys.keyIndexKey(hashKey(secret)))).toBe(workspaceId)
})

test('publishing twice changes nothing and says nothing', async () => {
  const { id: workspaceId } = await harness.workspace()
  const listener = connectRedis({ url: harness.services.redisUrl, name: 'listener', mode: 'patient' })
  await whenRedisReady(listener, 5_000)
  const heard: string[] = []
  listener.on('message', (_channel, message) => heard.push(message))
  await listener.subscribe(redisKeys.SNAPSHOT_CHANNEL)

  expect(await publish(workspaceId)).toBe('moved')
  const before = await pointerOf(workspaceId)
  expect(await publish(workspaceId)).toBe('unchanged')
  expect(await pointerOf(workspaceId)).toEqual(before)
  // A message of our own comes after all earlier ones.
  await new Promise<void>((resolve) => {
    listener.on('message', (_channel, message) => message === 'end' && resolve())
    void harness.controlPlane.redis.publish(redisKeys.SNAPSHOT_CHANNEL, 'end')
  })
  expect(heard).toEqual([workspaceId, 'end'])
  listener.disconnect()
})

test('a compile that began before a change never replaces one that holds it', async () => {
  const { id: workspaceId } = await harness.workspace()
  await publish(workspaceId)
  const held = createHeldPublisher()
  const late = held.publish(workspaceId)
  await held.read
  const { secret } = await createKey(workspaceId, 'new')
  expect(await publish(workspaceId)).toBe('moved')
  held.goOn()
  expect(await late).toBe('refused')
  expect(liveKeys(await served(workspaceId)).map((key) => key.hash)).toEqual([hashKey(secret)])
  expect(await harness.controlPlane.redis.get(redisKeys.keyIndexKey(hashKey(secret)))).toBe(workspaceId)
})

test('a revoked key does not come back through a compile that still knew it', async () => {
  const { id: workspaceId } = await harness.workspace()
  const { id, secret } = await createKey(workspaceId, 'short-lived')
  await publish(workspaceId)
  const held = createHeldPublisher()
  const late = held.publish(workspaceId)
  await held.read
  await harness.controlPlane.modules.keys.service.revoke(workspaceId, id)
  await publish(workspaceId)
  held.goOn()
  expect(await late).toBe('refused')
  expect(liveKeys(await served(workspaceId))).toEqual([])
  expect(await harness.controlPlane.redis.get(redisKeys.keyIndexKey(hashKey(secret)))).toBeNull()
})

test('a compile between the two halves of a change leaves the workspace dirty, so that the change is still published', async () => {
  const { id: workspaceId } = await harness.workspace()
  await publish(workspaceId)
  await states().beginChange(workspaceId)
  await publish(workspaceId)
  const dirty = await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)
  expect(dirty.dirty).toBe(true)
  await states().endChange(workspaceId)
  await publish(workspaceId)
  expect((await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)).dirty).toBe(false)
})

test('many changes published by many publishers at once end with all of them served', async () => {
  const { id: workspaceId } = await harness.workspace()
  const created = await Promise.all(
    Array.from({ length: 12 }, async (_nothing, index) => {
      const key = await createKey(workspaceId, `key ${index}`)
      await publish(workspaceId)
      return key
    }),
  )
  const hashes = liveKeys(await served(workspaceId)).map((key) => key.hash)
  expect(hashes.toSorted()).toEqual(created.map((key) => hashKey(key.secret)).toSorted())
})

test('a replaced revision expires, and one that comes back stays', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { redis } = harness.controlPlane
  const set = `mutation ($workspaceId: ID!, $on: Boolean!) {
    updateWorkspaceSettings(workspaceId: $workspaceId, input: { pooledCredentials: $on }) { id }
  }`
  await publish(workspaceId)
  const first = redisKeys.snapshotRevisionKey(workspaceId, (await pointerOf(workspaceId))?.revision ?? '')
  await owner.client.run(set, { workspaceId, on: false })
  await publish(workspaceId)
  expect(await redis.ttl(first)).toBeGreaterThan(3_000)
  await owner.client.run(set, { workspaceId, on: true })
  await publish(workspaceId)
  expect(await redis.ttl(first)).toBe(-1)
})

test('an invalid snapshot is not published, and the last good one is served on', async () => {
  const { id: workspaceId } = await harness.workspace()
  await publish(workspaceId)
  const before = await pointerOf(workspaceId)
  const found = sources()
  const broken: SnapshotSources = {
    ...found,
    async ofWorkspace(id) {
      const facts = await found.ofWorkspace(id)
      return facts && { ...facts, settings: { ...facts.settings, creditNanodollars: -1 } }
    },
  }
  const { redis, logger } = harness.controlPlane
  const publishBroken = createPublishSnapshot({ sources: broken, states: states(), redis, logger })
  await expect(publishBroken(workspaceId)).rejects.toMatchObject({ code: 'invalid_snapshot' })
  expect(await pointerOf(workspaceId)).toEqual(before)
})

test('a mutation succeeds while Redis is away, and the change stays marked for the sweep', async () => {
  const { id: workspaceId } = await harness.workspace()
  await publish(workspaceId)
  const writer = createSnapshotWriter({
    states: states(),
    queue: { send: () => Promise.reject(new Error('Redis is away')), close: async () => undefined },
    logger: harness.controlPlane.logger,
  })
  expect(await writer.change(workspaceId, async () => 'made')).toBe('made')
  expect((await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)).dirty).toBe(true)
})

function createTestSweep() {
  const { modules, redis, clock, logger } = harness.controlPlane
  return createSweep({
    billing: modules.billing,
    budgets: modules.budgets,
    reconciliations: modules.reconciliations.service,
    snapshots: modules.snapshots,
    listWorkspaceIds: async () => [],
    publishSnapshot: publish,
    redis,
    clock,
    logger,
  })
}

test('a crash between a change and its request loses nothing: the sweep publishes it', async () => {
  const { id: workspaceId } = await harness.workspace()
  await publish(workspaceId)
  // The process dies after the write: marked, changed, never requested.
  await states().beginChange(workspaceId)
  await createKeyBehindTheBack(workspaceId)
  harness.clock.advance(2_000)
  await createTestSweep().snapshots()
  expect(liveKeys(await served(workspaceId))).toHaveLength(1)
  // The dead writer keeps it dirty until it is given up; then it is clean.
  expect((await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)).dirty).toBe(true)
  harness.clock.advance(61_000)
  await createTestSweep().snapshots()
  expect((await harness.controlPlane.modules.snapshots.readModel.find(workspaceId)).dirty).toBe(false)
})

/** What a writer writes, without the marks around it. */
async function createKeyBehindTheBack(workspaceId: string): Promise<void> {
  const before = await pointerOf(workspaceId)
  const { modules } = harness.controlPlane
  const model = modules.keys.models[0]
  await model?.create([
    {
      _id: 'behind',
      workspaceId,
      name: 'behind',
      hash: 'a'.repeat(64),
      lastFour: 'aaaa',
      createdAt: 1,
      createdBy: 'x',
    },
  ])
  expect(await pointerOf(workspaceId)).toEqual(before)
}

test('a Redis that lost everything is filled again by the sweep, key index included', async () => {
  const { id: workspaceId } = await harness.workspace()
  const { secret } = await createKey(workspaceId, 'kept')
  await publish(workspaceId)
  await harness.controlPlane.redis.del(
    redisKeys.snapshotPointerKey(workspaceId),
    redisKeys.keyIndexKey(hashKey(secret)),
    redisKeys.snapshotRevisionKey(workspaceId, (await pointerOf(workspaceId))?.revision ?? ''),
  )
  await createTestSweep().snapshots()
  expect(liveKeys(await served(workspaceId)).map((key) => key.hash)).toEqual([hashKey(secret)])
  expect(await harness.controlPlane.redis.get(redisKeys.keyIndexKey(hashKey(secret)))).toBe(workspaceId)
})

test('a mark for a workspace that was never made is cleared', async () => {
  await states().beginChange('never-made')
  await states().endChange('never-made')
  expect(await publish('never-made')).toBe('no-workspace')
  expect((await harness.controlPlane.modules.snapshots.readModel.find('never-made')).dirty).toBe(false)
})

test('the catalog is published like a workspace', async () => {
  await harness.controlPlane.modules.catalog.service.seed({ withSimulator: true })
  await publish(redisKeys.CATALOG)
  const { revision = '' } = (await pointerOf(redisKeys.CATALOG)) ?? {}
  const bytes = await harness.controlPlane.redis.get(redisKeys.snapshotRevisionKey(redisKeys.CATALOG, revision))
  const catalog = decodeSnapshot(catalogSnapshotSchema, bytes ?? '', revision)
  expect(catalog.models.map((model) => model.id)).toEqual(expect.arrayContaining(['gpt-4o-mini', 'sim-fast']))
})

test('GraphQL shows what is served, without hashes and sealed secrets', async () => {
  const { id: workspaceId, owner } = await harness.workspace()
  const { secret } = await createKey(workspaceId, 'shown')
  await publish(workspaceId)
  const query = `query ($workspaceId: ID!) { snapshot(workspaceId: $workspaceId) { revision changes dirty publishedAt content } }`
  type Answer = { snapshot: { revision: string; content: object } }
  const { snapshot } = await owner.client.run<Answer>(query, { workspaceId })
  expect(snapshot.revision).toBe((await pointerOf(workspaceId))?.revision)
  expect(JSON.stringify(snapshot.content)).toContain('shown')
  expect(JSON.stringify(snapshot.content)).not.toContain(hashKey(secret))
})
