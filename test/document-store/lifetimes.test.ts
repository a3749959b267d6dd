import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Collection, MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentExpiry, contentExpiryUpdate } from '../../control-plane/modules/request-logs/content-expiry.ts'
import { createDocumentStore } from '../../shared/embedded/document-store/server.ts'
import { crashRounds } from './crash-rounds.ts'
import { type OpenStore, openStore } from './open-store.ts'

const MAIN = join(import.meta.dirname, '../../shared/embedded/document-store/main.ts')
let time = new Date('2026-01-01T00:00:00Z')
let open: OpenStore
beforeAll(async () => {
  open = await openStore({ now: () => time })
})
afterAll(() => open.close())

function pass(seconds: number): void {
  time = new Date(time.getTime() + seconds * 1000)
  open.store.maintain()
}

test('a TTL index removes what is past its time, and nothing that has no date', async () => {
  const sessions = open.database.collection('sessions')
  await sessions.createIndex({ at: 1 }, { expireAfterSeconds: 60 })
  const later = new Date(time.getTime() + 120_000)
  await sessions.insertMany([
    { n: 1, at: time },
    { n: 2, at: later },
    { n: 3, at: 'never' },
    { n: 4 },
    { n: 5, at: [later, time] },
  ])
  pass(59)
  expect(await sessions.countDocuments()).toBe(5)
  pass(2)
  expect((await sessions.find().sort({ n: 1 }).toArray()).map(({ n }) => n)).toEqual([2, 3, 4])
})

test('what is kept of calls is removed when its time is past, also one that was made shorter, and nothing else', async () => {
  // As `request-logs.model.ts` declares it.
  const contents = open.database.collection<{
    _id: string
    at: number
    keptDays: number | null
    expiresAt: Date | null
  }>('generation_contents')
  await contents.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  const at = time.getTime()
  const day = 86_400_000
  const kept = (_id: string, keptDays: number | null) => {
    return { _id, at, keptDays, expiresAt: contentExpiry(at, keptDays) }
  }
  await contents.insertMany([kept('short', 2), kept('long', 30), kept('shortened', null), kept('forever', null)])
  await contents.updateMany({ _id: 'shortened' }, contentExpiryUpdate(2))
  const ids = async () => (await contents.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)
  pass((2 * day) / 1000 - 1)
  expect(await ids()).toHaveLength(4)
  pass(2)
  expect(await ids()).toEqual(['forever', 'long'])
  pass((40 * day) / 1000)
  expect(await ids()).toEqual(['forever'])
})

test('an idle cursor expires, one in use does not', async () => {
  const many = open.database.collection('many')
  await many.insertMany(Array.from({ length: 10 }, (_, n) => ({ n })))
  const [idle, used] = [many.find().batchSize(2), many.find().batchSize(2)]
  for (const cursor of [idle, used]) await cursor.next()
  pass(400)
  for (let turn = 0; turn < 3; turn++) await used.next()
  pass(400)
  expect(await used.toArray()).toHaveLength(6)
  await expect(idle.toArray()).rejects.toMatchObject({ code: 43 })
})

test('a cursor goes on while documents are added and removed', async () => {
  const moving = open.database.collection('moving')
  await moving.insertMany(Array.from({ length: 300 }, (_, n) => ({ n })))
  const seen = new Set<number>()
  for await (const { n } of moving.find().batchSize(20)) {
    seen.add(n)
    if (n === 50) await moving.deleteMany({ n: { $gte: 100, $lt: 200 } })
  }
  expect(seen.size).toBeGreaterThanOrEqual(200)
  expect([...seen].filter((n) => n >= 200)).toHaveLength(100)
})

test('a cursor of a dropped collection fails, and a killed one is gone', async () => {
  const dropped = open.database.collection('dropped')
  await dropped.insertMany(Array.from({ length: 50 }, (_, n) => ({ n })))
  const cursor = dropped.find().batchSize(2)
  await cursor.next()
  const { cursor: raw } = await open.database.command({ find: 'dropped', batchSize: 1 })
  expect(await open.database.command({ killCursors: 'dropped', cursors: [raw.id] })).toMatchObject({
    cursorsKilled: [raw.id],
  })
  await expect(open.database.command({ getMore: raw.id, collection: 'dropped' })).rejects.toMatchObject({ code: 43 })
  await dropped.drop()
  await expect(cursor.toArray()).rejects.toMatchObject({ code: 175 })
})

test('collections are created, listed, renamed and dropped', async () => {
  const database = open.client.db('shelf')
  await database.createCollection('one', { collation: { locale: 'en', strength: 2 } })
  await database.collection('two').insertOne({ n: 1 })
  await expect(database.createCollection('one')).rejects.toMatchObject({ code: 48 })
  await database.renameCollection('two', 'three')
  expect((await database.listCollections().toArray()).map(({ name }) => name).toSorted()).toEqual(['one', 'three'])
  expect((await open.client.db().admin().listDatabases()).databases.map(({ name }) => name)).toContain('shelf')
  await database.dropDatabase()
  expect(await database.listCollections().toArray()).toEqual([])
})

test('a store opened again holds its documents, indexes and options', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'document-store-again-'))
  const options = { directory, socketPath: join(directory, 'store.sock') }
  await withItems(options, async (items) => {
    await items.createIndex({ tags: 1 }, { unique: true })
    await items.insertOne({ _id: 1, tags: ['a', 'b'] })
  })
  await withItems(options, async (items) => {
    expect(await items.findOne({ tags: 'b' })).toEqual({ _id: 1, tags: ['a', 'b'] })
    await expect(items.insertOne({ _id: 2, tags: ['b'] })).rejects.toMatchObject({
      code: 11000,
      keyValue: { tags: 'b' },
    })
  })
  rmSync(directory, { recursive: true })
})

async function withItems(
  options: { directory: string; socketPath: string },
  use: (items: Collection<{ _id: number; tags: string[] }>) => Promise<void>,
): Promise<void> {
  const store = createDocumentStore(options)
  const client = await new MongoClient(await store.listen()).connect()
  await use(client.db('test').collection('items'))
  await client.close()
  await store.close()
}

test('a second process is refused the same data, in one line', async () => {
  const child = fork(MAIN, ['--data', open.directory, '--socket', join(open.directory, 'second.sock')], {
    silent: true,
  })
  const output: string[] = []
  child.stderr?.on('data', (chunk) => output.push(String(chunk)))
  const [code] = await once(child, 'close')
  expect(code).toBe(1)
  expect(output.join('').trim().split('\n')).toEqual([expect.stringContaining('document store: ')])
})

test('a store killed under load loses no answered write and keeps no half one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'document-store-crash-'))
  const { answeredWrites, faults } = await crashRounds(directory, 2)
  expect(faults).toEqual([])
  expect(answeredWrites).toBeGreaterThan(0)
  rmSync(directory, { recursive: true })
})

test('a store ends with the process that started it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'document-store-orphan-'))
  const child = fork(MAIN, ['--data', directory, '--socket', join(directory, 'store.sock')], { silent: true })
  await once(child, 'message')
  child.disconnect()
  expect(await once(child, 'exit')).toEqual([0, null])
  rmSync(directory, { recursive: true })
})
