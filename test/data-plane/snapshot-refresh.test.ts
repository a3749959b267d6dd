import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { snapshotPointerKey, snapshotRevisionKey, SNAPSHOT_CHANNEL } from '../../shared/redis/keys.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import { createDataPlane } from '../../data-plane/app.ts'
import { encodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { CHAT, errorOf, startDataPlane, type DataPlaneHarness } from '../helpers/data-plane-harness.ts'
import { key, workspace } from '../helpers/snapshot-fixtures.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let plane: DataPlaneHarness
beforeAll(async () => {
  plane = await startDataPlane()
})
afterAll(() => plane.stop())

const statusFor = async (apiKey: string): Promise<number> =>
  (await plane.post('/v1/chat/completions', CHAT, { apiKey })).status

test('a key of a workspace never seen before is served on its first use', async () => {
  const fresh = key()
  await plane.publish(workspace({ workspaceId: 'never-seen', keys: [fresh.key] }))
  await plane.credits.seed('never-seen', fromDollars(1))
  expect(await statusFor(fresh.secret)).toBe(200)
})

test('a key tried before it was published is served as soon as it is', async () => {
  const early = key()
  expect(await statusFor(early.secret)).toBe(401)
  await plane.credits.seed('early', fromDollars(1))
  await plane.publish(workspace({ workspaceId: 'early', keys: [early.key] }))
  await waitUntil(async () => (await statusFor(early.secret)) === 200)
})

test('a revoked key is refused as soon as the snapshot without it is published', async () => {
  const revoked = key()
  await plane.credits.seed('revoking', fromDollars(1))
  await plane.publish(workspace({ workspaceId: 'revoking', keys: [revoked.key] }))
  expect(await statusFor(revoked.secret)).toBe(200)
  await plane.publish(workspace({ workspaceId: 'revoking', keys: [] }))
  await waitUntil(async () => (await statusFor(revoked.secret)) === 401)
})

test('a snapshot that is invalid, altered or missing never replaces a good one', async () => {
  const good = key()
  await plane.credits.seed('good', fromDollars(1))
  await plane.publish(workspace({ workspaceId: 'good', keys: [good.key] }))
  expect(await statusFor(good.secret)).toBe(200)
  const { redis } = plane
  const point = async (revision: string): Promise<void> => {
    await redis.set(snapshotPointerKey('good'), JSON.stringify({ revision, changes: 9_999 }))
    await redis.publish(SNAPSHOT_CHANNEL, 'good')
    expect(await statusFor(good.secret)).toBe(200)
  }
  await redis.set(snapshotRevisionKey('good', 'altered'), '{}')
  await point('altered')
  await point('missing')
  await redis.set(snapshotPointerKey('good'), 'not json')
  await redis.publish(SNAPSHOT_CHANNEL, 'good')
  await redis.del(snapshotPointerKey('good'))
  await redis.publish(SNAPSHOT_CHANNEL, 'good')
  expect(await statusFor(good.secret)).toBe(200)
})

test('a change is served without a message too, by polling', async () => {
  const polled = key()
  await plane.credits.seed('polled', fromDollars(1))
  await plane.publish(workspace({ workspaceId: 'polled', keys: [polled.key] }))
  expect(await statusFor(polled.secret)).toBe(200)
  await plane.redis.del(snapshotPointerKey('polled'))
  const { revision, bytes } = encodeSnapshot(workspace({ workspaceId: 'polled', keys: [] }))
  await plane.redis.set(snapshotRevisionKey('polled', revision), bytes)
  await plane.redis.set(snapshotPointerKey('polled'), JSON.stringify({ revision, changes: 10_000 }))
  await waitUntil(async () => (await statusFor(polled.secret)) === 401)
})

test('while Redis is away calls are served from memory and from the last known balance, and recorded later', async () => {
  const away = await startDataPlane()
  try {
    expect((await away.post('/v1/chat/completions', CHAT)).status).toBe(200)
    await away.generations(1)
    await away.redisServer.stop()
    const response = await waitUntil(async () => {
      const answer = await away.post('/v1/chat/completions', CHAT)
      return answer.status === 200 && answer
    })
    const unknown = await away.post('/v1/chat/completions', CHAT, { apiKey: key().secret })
    expect(unknown.status).toBe(503)
    expect((await errorOf(unknown)).type).toBe('service_unavailable')
    await away.redisServer.start()
    const id = response.headers.get('x-nr-generation-id')
    await waitUntil(async () => (await away.generations(1)).some((generation) => generation.id === id), {
      limitMs: 10_000,
    })
  } finally {
    await away.stop()
  }
})

test('a process that starts while Redis is away serves the copies on disk', async () => {
  const first = await startDataPlane()
  try {
    expect((await first.post('/v1/chat/completions', CHAT)).status).toBe(200)
    const copy = join(first.environment.snapshotDirectory, 'workspace-1.json')
    await waitUntil(() => existsSync(copy), { what: 'the copy on disk' })
    await first.redisServer.stop()
    const second = createDataPlane({
      environment: { ...first.environment, port: 0 },
      logger: createLogger('test', 'silent'),
    })
    const url = await second.start()
    const models = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${first.apiKey}` } })
    const ready = await fetch(`${url}/readyz`)
    await second.stop()
    expect(models.status).toBe(200)
    expect(ready.status).toBe(200)
  } finally {
    await first.stop()
  }
})
