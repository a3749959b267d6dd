import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rebuildRedis } from '../../control-plane/rebuild/rebuild-redis.ts'
import { unpackSnapshot } from '../../control-plane/modules/snapshots/pack-snapshot.ts'
import { MOST_REVISIONS } from '../../control-plane/modules/snapshots/snapshot-revisions.ts'
import * as redisKeys from '../../shared/redis/keys.ts'
import { hashKey } from '../../shared/secrets/hash-key.ts'
import { decodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import {
  snapshotPointerSchema,
  workspaceSnapshotSchema,
  type WorkspaceSnapshot,
} from '../../shared/snapshot/snapshot-schema.ts'
import { startControlPlane, type ControlPlaneHarness, type TestUser } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
  await harness.controlPlane.modules.catalog.service.seed({ withSimulator: true })
})
afterAll(() => harness.close())

const REVISIONS = `query ($workspaceId: ID!, $first: Int = 25, $after: String) {
  snapshotRevisions(workspaceId: $workspaceId, first: $first, after: $after) {
    nodes { revision changed sizeBytes isCurrent isPinned publishedAt } pageInfo { endCursor hasNextPage } } }`
const DIFF = `query ($workspaceId: ID!, $from: String!, $to: String!) {
  snapshotDiff(workspaceId: $workspaceId, from: $from, to: $to) { from to totalCount changes { path kind before after } } }`
const PIN = `mutation ($workspaceId: ID!, $revision: String!) {
  pinSnapshotRevision(workspaceId: $workspaceId, revision: $revision, reason: "Calls fail") { revision pinnedBy } }`
const RELEASE = `mutation ($workspaceId: ID!) { releaseSnapshotPin(workspaceId: $workspaceId) }`
const OBJECTIVE = `mutation ($workspaceId: ID!, $objective: String!) {
  updateWorkspaceRouting(workspaceId: $workspaceId, input: { objective: $objective }) { id } }`
const SNAPSHOT = `query ($workspaceId: ID!) {
  snapshot(workspaceId: $workspaceId) { revision pin { revision reason pinnedBy } } }`
const ALERTS = `query ($workspaceId: ID!) { alerts(workspaceId: $workspaceId, filter: { state: open }) { nodes { kind message } } }`

interface Listed {
  readonly revision: string
  readonly changed: readonly string[]
  readonly sizeBytes: number
  readonly isCurrent: boolean
  readonly isPinned: boolean
}

interface World {
  readonly workspaceId: string
  readonly owner: TestUser
  run<Data>(query: string, variables?: object): Promise<Data>
  /** Sets the objective that calls have by default, and publishes. */
  route(objective: string): Promise<void>
  publish(): Promise<string>
  served(): Promise<WorkspaceSnapshot>
  revisions(): Promise<Listed[]>
}

async function createWorld(): Promise<World> {
  const { id: workspaceId, owner } = await harness.workspace()
  const { redis, publishSnapshot } = harness.controlPlane
  const run = <Data>(query: string, variables: object = {}): Promise<Data> =>
    owner.client.run(query, { workspaceId, ...variables })
  const publish = (): Promise<string> => publishSnapshot(workspaceId)
  await publish()
  return {
    workspaceId,
    owner,
    run,
    publish,
    async route(objective) {
      await run(OBJECTIVE, { objective })
      await publish()
    },
    async served() {
      const text = await redis.get(redisKeys.snapshotPointerKey(workspaceId))
      const { revision } = snapshotPointerSchema.parse(JSON.parse(text ?? ''))
      const bytes = await redis.get(redisKeys.snapshotRevisionKey(workspaceId, revision))
      return decodeSnapshot(workspaceSnapshotSchema, bytes ?? '', revision)
    },
    async revisions() {
      const { snapshotRevisions } = await run<{ snapshotRevisions: { nodes: Listed[] } }>(REVISIONS)
      return snapshotRevisions.nodes
    },
  }
}

/** A world with two routings: the first revision's, and the newest's. */
async function createTwoRoutings() {
  const world = await createWorld()
  await world.route('lowest-cost')
  const [good] = await world.revisions()
  await world.route('highest-quality')
  return { world, good: good?.revision ?? '' }
}

async function createKey({ workspaceId }: World): Promise<{ id: string; hash: string }> {
  const settings = { name: 'made', allowedModels: null, allowedSurfaces: null, expiresAt: null, createdBy: 'test' }
  const { key, secret } = await harness.controlPlane.modules.keys.service.create(workspaceId, settings)
  return { id: key._id, hash: hashKey(secret) }
}

const hashesOf = ({ keys }: WorkspaceSnapshot): string[] => keys.map(({ hash }) => hash)
const objectiveOf = ({ settings }: WorkspaceSnapshot): string | null => settings.routing.objective

describe('revisions', () => {
  test('are listed newest first with what each changed, and publishing again adds none', async () => {
    const world = await createWorld()
    await createKey(world)
    await world.publish()
    await world.route('lowest-cost')
    await world.publish()
    const [routed, keyed, first, ...more] = await world.revisions()
    expect(more).toEqual([])
    expect(routed).toMatchObject({ changed: ['settings.routing changed'], isCurrent: true, isPinned: false })
    expect(keyed?.changed).toEqual([expect.stringMatching(/^keys\[.+\] added$/)])
    expect(first).toMatchObject({ changed: [], isCurrent: false })
    expect(routed?.sizeBytes).toBeGreaterThan(100)
  })

  test('come in pages, and one that comes back is the newest again', async () => {
    const { world, good } = await createTwoRoutings()
    await world.route('lowest-cost')
    const all = await world.revisions()
    expect(all).toHaveLength(3)
    expect(all[0]).toMatchObject({ revision: good, isCurrent: true })
    const seen: string[] = []
    for (let after: string | null = null, more = true; more;) {
      type Answer = { snapshotRevisions: { nodes: Listed[]; pageInfo: { endCursor: string; hasNextPage: boolean } } }
      const { snapshotRevisions: page }: Answer = await world.run(REVISIONS, { first: 2, after })
      seen.push(...page.nodes.map(({ revision }) => revision))
      after = page.pageInfo.endCursor
      more = page.pageInfo.hasNextPage
    }
    expect(seen).toEqual(all.map(({ revision }) => revision))
  })

  test(`are kept up to ${MOST_REVISIONS}; one that is replaced has a date from which it expires`, async () => {
    const world = await createWorld()
    const { service, models } = harness.controlPlane.modules.snapshots
    const [, model] = models
    const { workspaceId } = world
    const older = Array.from({ length: MOST_REVISIONS + 4 }, (_none, place) => {
      const times = {
        changes: 100 + place,
        publishedAt: place,
        replacedAt: place === MOST_REVISIONS + 3 ? null : new Date(),
      }
      return {
        _id: `${workspaceId}:r${place}`,
        workspaceId,
        revision: `r${place}`,
        sizeBytes: 1,
        changed: [],
        content: null,
        ...times,
      }
    })
    await model.insertMany(older)
    const snapshot = await world.served()
    await service.recordRevision(workspaceId, { revision: 'new', snapshot, sizeBytes: 1, changes: 1_000 })
    const kept = await model.find({ workspaceId }).sort({ changes: 1 }).lean()
    expect(kept).toHaveLength(MOST_REVISIONS)
    expect(kept[0]?.revision).toBe('r5')
    expect(kept.filter(({ replacedAt }) => replacedAt === null).map(({ revision }) => revision)).toEqual(['new'])
    // A compile that began before it and comes late was never the newest.
    await service.recordRevision(workspaceId, { revision: 'late', snapshot, sizeBytes: 1, changes: 999 })
    expect(await model.countDocuments({ workspaceId, revision: 'late' })).toBe(0)
    expect(model.schema.indexes()).toContainEqual([
      { replacedAt: 1 },
      expect.objectContaining({ expireAfterSeconds: 30 * 86_400 }),
    ])
  })

  test('hold nothing that opens anything, and their differences show none of it', async () => {
    const world = await createWorld()
    const { hash } = await createKey(world)
    await world.run(`mutation ($workspaceId: ID!) {
      createCredential(workspaceId: $workspaceId, input: { name: "OpenAI", gateway: openai, secret: "sk-real-secret" }) { id } }`)
    await world.publish()
    const sealed = (await world.served()).credentials[0]?.sealedSecret ?? 'none'
    const [after, before] = await world.revisions()
    // By the first digits, as a call's answer names it.
    const difference = await world.run<{ snapshotDiff: { changes: { path: string; kind: string }[] } }>(DIFF, {
      from: before?.revision.slice(0, 12),
      to: after?.revision.slice(0, 12),
    })
    const { changes } = difference.snapshotDiff
    expect(changes.map(({ path, kind }) => `${path.replace(/\[.*\]/, '')} ${kind}`)).toEqual([
      'credentials added',
      'keys added',
    ])
    const { readModel } = harness.controlPlane.modules.snapshots
    const { content } = await readModel.findRevision(world.workspaceId, after?.revision ?? '', 'revision')
    const kept = await unpackSnapshot(content ?? Buffer.alloc(0))
    expect(kept.credentials).toMatchObject([{ gateway: 'openai' }])
    for (const secret of [hash, sealed]) expect(JSON.stringify([changes, kept])).not.toContain(secret)
  })

  test('of another workspace are neither listed, compared nor pinned', async () => {
    const { good } = await createTwoRoutings()
    const other = await createWorld()
    const [own] = await other.revisions()
    expect((await other.revisions()).map(({ revision }) => revision)).not.toContain(good)
    const variables = { workspaceId: other.workspaceId, from: own?.revision, to: good, revision: good }
    expect(await other.owner.client.codeOf(DIFF, variables)).toBe('snapshot_revision_not_found')
    expect(await other.owner.client.codeOf(PIN, variables)).toBe('snapshot_revision_not_found')
  })
})

describe('a pin', () => {
  test('has the old routing served while later changes are compiled and kept; its release has the newest served', async () => {
    const { world, good } = await createTwoRoutings()
    expect(objectiveOf(await world.served())).toBe('highest-quality')
    await world.run(PIN, { revision: good })
    await world.publish()
    expect(objectiveOf(await world.served())).toBe('lowest-cost')
    expect((await world.run<{ snapshot: object }>(SNAPSHOT)).snapshot).toEqual({
      revision: good,
      pin: { revision: good, reason: 'Calls fail', pinnedBy: world.owner.id },
    })
    await world.route('quality-per-dollar')
    expect(objectiveOf(await world.served())).toBe('lowest-cost')
    const [newest, , pinned] = await world.revisions()
    expect(newest).toMatchObject({ changed: ['settings.routing changed'], isCurrent: false, isPinned: false })
    expect(pinned).toMatchObject({ revision: good, isCurrent: true, isPinned: true })

    expect(await world.run(RELEASE)).toEqual({ releaseSnapshotPin: true })
    await world.publish()
    expect(objectiveOf(await world.served())).toBe('quality-per-dollar')
    expect(await world.run(RELEASE)).toEqual({ releaseSnapshotPin: false })
  })

  test('brings back neither a revoked key nor a removed credential, and serves keys made since', async () => {
    const world = await createWorld()
    const revoked = await createKey(world)
    const { createCredential } = await world.run<{ createCredential: { id: string } }>(`mutation ($workspaceId: ID!) {
      createCredential(workspaceId: $workspaceId, input: { name: "x", gateway: openai, secret: "sk-real-secret" }) { id } }`)
    await world.route('lowest-cost')
    const [good] = await world.revisions()
    await world.route('highest-quality')
    await world.run(PIN, { revision: good?.revision })
    await world.publish()
    expect(hashesOf(await world.served())).toContain(revoked.hash)

    const { modules, redis } = harness.controlPlane
    await modules.keys.service.revoke(world.workspaceId, revoked.id)
    await modules.credentials.service.delete(world.workspaceId, createCredential.id)
    const made = await createKey(world)
    await world.publish()
    const served = await world.served()
    expect(objectiveOf(served)).toBe('lowest-cost')
    expect(hashesOf(served)).toContain(made.hash)
    expect(hashesOf(served)).not.toContain(revoked.hash)
    expect(served.credentials).toEqual([])
    expect(await redis.get(redisKeys.keyIndexKey(revoked.hash))).toBeNull()

    // And when the revision is pinned that still had them.
    await world.run(PIN, { revision: good?.revision })
    await world.publish()
    expect(hashesOf(await world.served())).not.toContain(revoked.hash)
  })

  test('outlives a Redis that lost everything, and a rebuild', async () => {
    const { world, good } = await createTwoRoutings()
    await world.run(PIN, { revision: good })
    await world.publish()
    const { redis } = harness.controlPlane
    await redis.del(
      redisKeys.snapshotPointerKey(world.workspaceId),
      redisKeys.snapshotRevisionKey(world.workspaceId, good),
    )
    const { failures } = await rebuildRedis(harness.controlPlane, () => undefined)
    expect(failures).toBe(0)
    expect(objectiveOf(await world.served())).toBe('lowest-cost')
  })

  test('that this version cannot read does not keep revocations from being served', async () => {
    const { world, good } = await createTwoRoutings()
    await world.run(PIN, { revision: good })
    await harness.controlPlane.modules.snapshots.models[2].updateOne(
      { workspaceId: world.workspaceId },
      { $set: { content: Buffer.from('damaged') } },
    )
    const { hash } = await createKey(world)
    await world.publish()
    expect(hashesOf(await world.served())).toContain(hash)
    expect(objectiveOf(await world.served())).toBe('highest-quality')
  })

  test('is set and released by admins alone, and whoever must know is alerted until it is released', async () => {
    const { world, good } = await createTwoRoutings()
    const developer = await harness.member(world.workspaceId, 'developer')
    const viewer = await harness.member(world.workspaceId, 'viewer')
    const admin = await harness.member(world.workspaceId, 'admin')
    const variables = { workspaceId: world.workspaceId, revision: good }
    expect(await developer.client.codeOf(REVISIONS, variables)).toBeNull()
    for (const { client } of [developer, viewer]) {
      expect(await client.codeOf(PIN, variables)).toBe('forbidden')
      expect(await client.codeOf(RELEASE, variables)).toBe('forbidden')
    }
    expect(await viewer.client.codeOf(REVISIONS, variables)).toBe('forbidden')
    await admin.client.run(PIN, variables)
    type Alerts = { alerts: { nodes: { kind: string; message: string }[] } }
    const { alerts } = await world.run<Alerts>(ALERTS)
    expect(alerts.nodes).toMatchObject([{ kind: 'snapshot_pinned', message: expect.stringContaining('Calls fail') }])
    await admin.client.run(RELEASE, variables)
    expect((await world.run<Alerts>(ALERTS)).alerts.nodes).toEqual([])
  })

  test('names a revision by at least twelve of its digits, and nothing else', async () => {
    const { world } = await createTwoRoutings()
    for (const revision of ['', 'abc', '$ne', 'Z'.repeat(32), 'f'.repeat(33)]) {
      expect(await world.owner.client.codeOf(PIN, { workspaceId: world.workspaceId, revision })).toBe('invalid_input')
    }
    const unknown = { workspaceId: world.workspaceId, revision: 'f'.repeat(32) }
    expect(await world.owner.client.codeOf(PIN, unknown)).toBe('snapshot_revision_not_found')
  })
})
