import * as fc from 'fast-check'
import type { Document } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commonValue } from './arbitrary-values.ts'
import { type OpenStore, openStore } from './open-store.ts'

let open: OpenStore
beforeAll(async () => {
  open = await openStore()
})
afterAll(() => open.close())

async function plan(name: string, filter: Document, options: Document = {}): Promise<Document> {
  const explained = await open.database.command({
    explain: { find: name, filter, ...options },
    verbosity: 'executionStats',
  })
  return { ...explained['queryPlanner'].winningPlan, stats: explained['executionStats'] }
}

const filter = fc.oneof(
  fc.tuple(fc.constantFrom('a', 'b', 'a.x'), commonValue).map(([path, value]) => ({ [path]: value })),
  fc
    .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('$gt', '$gte', '$lt', '$lte', '$eq', '$ne'), commonValue)
    .map(([path, operator, value]) => ({ [path]: { [operator]: value } })),
  fc
    .tuple(fc.constantFrom('a', 'b'), fc.array(commonValue, { minLength: 1, maxLength: 3 }))
    .map(([path, values]) => ({ [path]: { $in: values } })),
  fc.constantFrom(
    { a: /^a/ },
    { a: { $exists: true } },
    { a: { $exists: false } },
    { a: { $gt: -2, $lt: 2 } },
    { a: { $type: 'array' } },
    { $or: [{ a: 1 }, { b: 'a' }] },
  ),
)

test('a query served by an index finds what a full scan finds', async () => {
  const plain = open.database.collection<Document>('plain')
  const indexed = open.database.collection<Document>('indexed')
  await indexed.createIndexes([
    { key: { a: 1, b: -1 } },
    { key: { b: 1 }, sparse: true },
    { key: { 'a.x': 1 } },
    { key: { a: -1 }, name: 'positive', partialFilterExpression: { a: { $gt: 0 } } },
  ])
  const documents = fc.array(fc.record({ a: commonValue, b: commonValue }, { requiredKeys: [] }), {
    minLength: 5,
    maxLength: 20,
  })
  await fc.assert(
    fc.asyncProperty(
      documents,
      fc.array(filter as fc.Arbitrary<Document>, { minLength: 3, maxLength: 3 }),
      async (made, filters: Document[]) => {
        const numbered = made
          .map((document, _id) => ({ _id, ...document }))
          .filter(({ a, b }) => !(Array.isArray(a) && Array.isArray(b)))
        if (numbered.length === 0) return
        for (const collection of [plain, indexed]) {
          await collection.deleteMany({})
          await collection.insertMany(numbered as Document[])
        }
        for (const one of [...filters, { $and: filters.slice(0, 2) }]) {
          const wanted = await plain.find(one).sort({ _id: 1 }).toArray()
          expect(await indexed.find(one).sort({ _id: 1 }).toArray()).toEqual(wanted)
          const order = { a: 1, b: -1, _id: 1 } as const
          expect(await indexed.find(one).sort(order).toArray()).toEqual(await plain.find(one).sort(order).toArray())
          expect(await indexed.countDocuments(one)).toBe(wanted.length)
        }
      },
    ),
    { numRuns: 15 },
  )
})

test('equality, ranges, $in and sort read only what they need of an index', async () => {
  const items = open.database.collection<Document>('items')
  await items.createIndexes([{ key: { kind: 1, rank: -1 } }, { key: { rank: 1 } }])
  await items.insertMany(Array.from({ length: 200 }, (_, at) => ({ kind: at % 4, rank: at })))
  const bounded = await plan('items', { kind: 2, rank: { $gte: 100 } }, { sort: { rank: -1 } })
  expect(bounded).toMatchObject({ stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName: 'kind_1_rank_-1' } })
  expect(bounded['stats']).toMatchObject({ nReturned: 25, totalKeysExamined: 25 })
  expect((await plan('items', { rank: { $in: [5, 7, 500] } }))['stats']).toMatchObject({
    nReturned: 2,
    totalKeysExamined: 2,
  })
  const top = await plan('items', {}, { sort: { rank: -1 }, limit: 3 })
  expect(top).toMatchObject({
    inputStage: { indexName: 'rank_1', direction: 'backward' },
    stats: { totalKeysExamined: 3 },
  })
  expect(await plan('items', { other: 1 })).toMatchObject({ stage: 'COLLSCAN' })
  expect(await plan('items', { kind: 1 }, { sort: { other: 1 } })).toMatchObject({
    stage: 'SORT',
    inputStage: { stage: 'FETCH' },
  })
})

test('an $or is served when each of its branches is', async () => {
  const explained = await plan('items', { $or: [{ rank: 3 }, { kind: 1, rank: { $gt: 190 } }] })
  expect(explained).toMatchObject({ inputStage: { stage: 'OR' } })
  expect(explained['stats'].totalKeysExamined).toBeLessThan(10)
})

test('a hint is obeyed, by name and by key, and an unknown one refused', async () => {
  expect(await plan('items', { kind: 1 }, { hint: 'rank_1' })).toMatchObject({ inputStage: { indexName: 'rank_1' } })
  expect(await plan('items', { kind: 1 }, { hint: { $natural: 1 } })).toMatchObject({ stage: 'COLLSCAN' })
  await expect(open.database.collection('items').find({}).hint('none').toArray()).rejects.toMatchObject({ code: 2 })
})

test('a hidden index is not used until it is shown again', async () => {
  await open.database.command({ collMod: 'items', index: { name: 'rank_1', hidden: true } })
  expect(await plan('items', { rank: 5 })).toMatchObject({ stage: 'COLLSCAN' })
  await open.database.command({ collMod: 'items', index: { name: 'rank_1', hidden: false } })
  expect(await plan('items', { rank: 5 })).toMatchObject({ inputStage: { indexName: 'rank_1' } })
})

test('a unique index refuses the second of two concurrent writers', async () => {
  const names = open.database.collection('names')
  await names.createIndex({ name: 1 }, { unique: true })
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => names.insertOne({ name: 'same' })))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await expect(names.insertOne({ name: 'same' })).rejects.toMatchObject({
    code: 11000,
    keyPattern: { name: 1 },
    keyValue: { name: 'same' },
    message: 'E11000 duplicate key error collection: test.names index: name_1 dup key: { name: "same" }',
  })
})

test('an update that would break a unique index changes nothing', async () => {
  const names = open.database.collection('names')
  await names.insertOne({ name: 'other', n: 1 })
  await expect(names.updateOne({ name: 'other' }, { $set: { name: 'same', n: 2 } })).rejects.toMatchObject({
    code: 11000,
  })
  expect(await names.findOne({ name: 'other' })).toMatchObject({ n: 1 })
  expect(await open.database.command({ validate: 'names' })).toMatchObject({ valid: true })
})

test('a unique index over duplicates is not made', async () => {
  const twice = open.database.collection('twice')
  await twice.insertMany([{ n: 1 }, { n: 1 }])
  await expect(twice.createIndex({ n: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 })
  expect(await twice.indexes()).toHaveLength(1)
})

test('sparse and partial unique indexes let absent and unmatched documents be', async () => {
  const loose = open.database.collection('loose')
  await loose.createIndexes([
    { key: { email: 1 }, unique: true, sparse: true },
    { key: { slug: 1 }, unique: true, partialFilterExpression: { live: true } },
  ])
  await loose.insertMany([{ n: 1 }, { n: 2 }, { slug: 'a', live: false }, { slug: 'a', live: true }])
  await expect(loose.insertOne({ slug: 'a', live: true })).rejects.toMatchObject({
    code: 11000,
    keyPattern: { slug: 1 },
  })
  expect(await plan('loose', { slug: 'a', live: true })).toMatchObject({ inputStage: { indexName: 'slug_1' } })
  expect(await plan('loose', { slug: 'a' })).toMatchObject({ stage: 'COLLSCAN' })
})

test('two arrays cannot share an index', async () => {
  const arrays = open.database.collection('arrays')
  await arrays.createIndex({ a: 1, b: 1 })
  await expect(arrays.insertOne({ a: [1], b: [2] })).rejects.toMatchObject({ code: 171 })
})

test('the same index may be asked for again, another of its name or key may not', async () => {
  const again = open.database.collection('again')
  await again.createIndex({ a: 1 })
  expect(await again.createIndex({ a: 1 })).toBe('a_1')
  await expect(again.createIndex({ a: 1 }, { unique: true })).rejects.toMatchObject({ code: 85 })
  await expect(again.createIndex({ b: 1 }, { name: 'a_1' })).rejects.toMatchObject({ code: 86 })
  await expect(again.createIndex({ a: 1 }, { name: 'other' })).rejects.toMatchObject({ code: 85 })
})

test('a collated unique index takes letters that differ in case for the same', async () => {
  const people = open.database.collection('people')
  const collation = { locale: 'en', strength: 2 }
  await people.createIndex({ email: 1 }, { unique: true, collation })
  await people.insertOne({ email: 'A@x.org' })
  await expect(people.insertOne({ email: 'a@X.org' })).rejects.toMatchObject({ code: 11000 })
  expect(await people.findOne({ email: 'a@x.ORG' }, { collation })).toMatchObject({ email: 'A@x.org' })
  expect(await people.findOne({ email: 'a@x.ORG' })).toBeNull()
  expect(await plan('people', { email: 'a@x.org' }, { collation })).toMatchObject({
    inputStage: { indexName: 'email_1' },
  })
})
