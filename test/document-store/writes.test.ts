import { Decimal128, Double, Int32, Long, ObjectId } from 'bson'
import type { Collection, Document } from 'mongodb'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type OpenStore, openStore } from './open-store.ts'

let open: OpenStore
let items: Collection<Document & { _id: number }>
beforeAll(async () => {
  open = await openStore()
})
beforeEach(async () => {
  items = open.database.collection('items')
  await items.deleteMany({})
})
afterAll(() => open.close())

async function updated(
  document: Document,
  update: Document,
  options: Document = {},
  filter: Document = {},
): Promise<unknown> {
  await items.insertOne({ _id: 1, ...document })
  return items.findOneAndUpdate({ _id: 1, ...filter }, update, {
    returnDocument: 'after',
    projection: { _id: 0 },
    ...options,
  })
}

const CASES: [
  name: string,
  before: Document,
  update: Document,
  after: Document,
  options?: Document,
  filter?: Document,
][] = [
  ['$set makes the documents on the way', {}, { $set: { 'a.b.c': 1 } }, { a: { b: { c: 1 } } }],
  ['$set pads an array up to its position', { a: [1] }, { $set: { 'a.3': 4 } }, { a: [1, null, null, 4] }],
  [
    'new fields are added in the order of their names',
    { z: 1 },
    { $set: { c: 1, b: 2 }, $inc: { a: 3 } },
    { z: 1, a: 3, b: 2, c: 1 },
  ],
  ['$unset leaves null in an array', { a: [1, 2] }, { $unset: { 'a.0': '' } }, { a: [null, 2] }],
  ['$inc starts a missing field', {}, { $inc: { n: 5 } }, { n: 5 }],
  ['$mul of a missing field is zero', {}, { $mul: { n: 5 } }, { n: 0 }],
  ['$min and $max compare across types', { a: 5, b: 5 }, { $min: { a: 'x' }, $max: { b: 'x' } }, { a: 5, b: 'x' }],
  ['$rename moves a field', { a: { b: 1 }, c: 2 }, { $rename: { 'a.b': 'd' } }, { a: {}, c: 2, d: 1 }],
  [
    '$push sorts, cuts and places',
    { a: [5, 1] },
    { $push: { a: { $each: [4, 3], $sort: 1, $slice: -3 } } },
    { a: [3, 4, 5] },
  ],
  [
    '$push takes a position from the end',
    { a: [1, 2, 3] },
    { $push: { a: { $each: [9], $position: -1 } } },
    { a: [1, 2, 9, 3] },
  ],
  [
    '$addToSet compares documents by their fields in order',
    { a: [{ x: 1, y: 2 }] },
    {
      $addToSet: {
        a: {
          $each: [
            { x: 1, y: 2 },
            { y: 2, x: 1 },
          ],
        },
      },
    },
    {
      a: [
        { x: 1, y: 2 },
        { y: 2, x: 1 },
      ],
    },
  ],
  ['$pull takes a condition on the elements', { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
  [
    '$pull takes a condition on fields of elements',
    { a: [{ n: 1, m: 1 }, { n: 2 }] },
    { $pull: { a: { n: 1 } } },
    { a: [{ n: 2 }] },
  ],
  ['$pullAll takes values', { a: [1, 2, 1, 3] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
  ['$pop takes from either end', { a: [1, 2, 3], b: [1, 2, 3] }, { $pop: { a: 1, b: -1 } }, { a: [1, 2], b: [2, 3] }],
  ['$bit works on integers', { n: 13 }, { $bit: { n: { and: 10 } } }, { n: 8 }],
  [
    'the positional operator is the element that matched',
    { a: [{ n: 1 }, { n: 2 }] },
    { $set: { 'a.$.hit': true } },
    { a: [{ n: 1 }, { n: 2, hit: true }] },
    {},
    { 'a.n': 2 },
  ],
  [
    'the positional operator follows $elemMatch',
    {
      a: [
        { n: 1, m: 1 },
        { n: 1, m: 2 },
      ],
    },
    { $inc: { 'a.$.m': 10 } },
    {
      a: [
        { n: 1, m: 1 },
        { n: 1, m: 12 },
      ],
    },
    {},
    { a: { $elemMatch: { n: 1, m: 2 } } },
  ],
  ['$[] is every element', { a: [{ n: 1 }, { n: 2 }] }, { $inc: { 'a.$[].n': 1 } }, { a: [{ n: 2 }, { n: 3 }] }],
  [
    'array filters choose elements, nested ones too',
    {
      a: [
        { k: 1, b: [1, 5] },
        { k: 2, b: [5] },
      ],
    },
    { $set: { 'a.$[x].b.$[y]': 0 } },
    {
      a: [
        { k: 1, b: [1, 0] },
        { k: 2, b: [5] },
      ],
    },
    { arrayFilters: [{ 'x.k': 1 }, { y: { $gt: 2 } }] },
  ],
]

for (const [name, before, update, after, options, filter] of CASES) {
  test(`${name}`, async () => {
    const result = await updated(before, update, options, filter)
    expect(result).toEqual(after)
    expect(Object.keys(result as Document)).toEqual(Object.keys(after))
  })
}

test('a pipeline update computes from the document, and leaves other numbers their type', async () => {
  const raw = open.database.collection<Document & { _id: number }>('items', { promoteValues: false })
  await raw.insertOne({ _id: 1, long: Long.fromNumber(7), double: new Double(2), n: new Int32(1) })
  await raw.updateOne({ _id: 1 }, [{ $set: { total: { $add: ['$n', '$double'] }, gone: '$missing' } }, { $unset: 'n' }])
  expect(await raw.findOne({ _id: 1 })).toEqual({
    _id: new Int32(1),
    long: Long.fromNumber(7),
    double: new Double(2),
    total: new Int32(3),
  })
})

test('an int that overflows becomes a long, and decimals stay exact', async () => {
  const raw = open.database.collection<Document & { _id: number }>('items', { promoteValues: false })
  await raw.insertOne({ _id: 1, n: new Int32(2147483647), d: Decimal128.fromString('0.10') })
  await raw.updateOne({ _id: 1 }, { $inc: { n: 1, d: Decimal128.fromString('0.20') } })
  expect(await raw.findOne({ _id: 1 })).toMatchObject({
    n: Long.fromNumber(2147483648),
    d: Decimal128.fromString('0.30'),
  })
})

test('an upsert starts from the equalities of its filter, and $setOnInsert counts only then', async () => {
  const filter = { 'a.b': 1, c: { $eq: 2 }, $and: [{ d: 3 }], e: { $gt: 4 }, f: { $in: [5] } }
  const update = { $set: { x: 1 }, $setOnInsert: { born: true } }
  const { upsertedId } = await items.updateOne(filter, update, { upsert: true })
  expect(ObjectId.isValid(String(upsertedId))).toBe(true)
  expect(await items.findOne({}, { projection: { _id: 0 } })).toEqual({
    a: { b: 1 },
    c: 2,
    d: 3,
    f: 5,
    x: 1,
    born: true,
  })
  await items.updateOne({ c: 2 }, { $setOnInsert: { born: false }, $set: { x: 2 } }, { upsert: true })
  expect(await items.countDocuments({ born: true, x: 2 })).toBe(1)
})

test('a replacing upsert takes only the _id from its filter', async () => {
  await items.replaceOne({ _id: 9, a: 1 }, { b: 2 }, { upsert: true })
  expect(await items.find().toArray()).toEqual([{ _id: 9, b: 2 }])
})

test('an update that changes nothing is matched but not modified', async () => {
  await items.insertOne({ _id: 1, a: 1 })
  expect(await items.updateOne({ _id: 1 }, { $set: { a: 1 } })).toMatchObject({ matchedCount: 1, modifiedCount: 0 })
})

test('an update of many meets each document once, though its index moves it', async () => {
  await items.createIndex({ n: 1 })
  await items.insertMany(Array.from({ length: 300 }, (_, at) => ({ _id: at, n: at })))
  expect(await items.updateMany({ n: { $gte: 0 } }, { $inc: { n: 1000 } })).toMatchObject({ modifiedCount: 300 })
  expect(await items.countDocuments({ n: { $gte: 1000, $lt: 1300 } })).toBe(300)
})

test('an ordered bulk stops at its first error, an unordered one goes on and names each', async () => {
  const writes = [{ _id: 1 }, { _id: 1 }, { _id: 2 }, { _id: 2 }]
  await expect(items.insertMany(writes)).rejects.toMatchObject({
    code: 11000,
    insertedCount: 1,
    writeErrors: [{ index: 1 }],
  })
  await items.deleteMany({})
  await expect(items.insertMany(writes, { ordered: false })).rejects.toMatchObject({
    insertedCount: 2,
    writeErrors: [
      { index: 1, code: 11000 },
      { index: 3, code: 11000 },
    ],
  })
})

test('findAndModify sorts, projects, and answers the old or the new document', async () => {
  await items.insertMany([
    { _id: 1, n: 3 },
    { _id: 2, n: 9 },
  ])
  expect(await items.findOneAndUpdate({}, { $inc: { n: 1 } }, { sort: { n: -1 } })).toEqual({ _id: 2, n: 9 })
  expect(await items.findOneAndReplace({ _id: 2 }, { m: 1 }, { returnDocument: 'after' })).toEqual({ _id: 2, m: 1 })
  expect(await items.findOneAndDelete({ _id: 1 }, { projection: { n: 1, _id: 0 } })).toEqual({ n: 3 })
  expect(await items.findOneAndUpdate({ _id: 1 }, { $set: { n: 1 } })).toBeNull()
})

const REFUSED: [name: string, update: Document, code: number][] = [
  ['an unknown modifier', { $nope: { a: 1 } }, 9],
  ['two modifiers of one path', { $set: { a: 1 }, $inc: { a: 1 } }, 40],
  ['a modifier of a part of another', { $set: { 'a.b': 1, a: 1 } }, 40],
  ['another _id', { $set: { _id: 2 } }, 66],
  ['$inc of text', { $inc: { text: 1 } }, 14],
  ['$push onto text', { $push: { text: 1 } }, 2],
  ['a field inside a number', { $set: { 'n.x': 1 } }, 28],
  ['an empty path', { $set: { '': 1 } }, 56],
  ['an unused array filter', { $set: { n: 1 } }, 9],
]

for (const [name, update, code] of REFUSED) {
  test(`an update refuses ${name} and leaves the document alone`, async () => {
    const document = { _id: 1, text: 'x', n: 1 }
    await items.insertOne(document)
    const options = code === 9 && '$set' in update ? { arrayFilters: [{ x: 1 }] } : {}
    await expect(items.updateOne({ _id: 1 }, update, options)).rejects.toMatchObject({ code })
    expect(await items.findOne()).toEqual(document)
  })
}

test('a validator refuses what does not fit, with the document it refused', async () => {
  const strict = await open.database.createCollection('strict', {
    validator: { $jsonSchema: { required: ['name'], properties: { name: { bsonType: 'string' } } } },
  })
  await strict.insertOne({ name: 'a' })
  await expect(strict.insertOne({ _id: 7 as never, name: 1 })).rejects.toMatchObject({
    code: 121,
    errInfo: { failingDocumentId: 7 },
  })
  await strict.insertOne({ name: 1 }, { bypassDocumentValidation: true })
})

test('a document over 16 MB is refused', async () => {
  const half = 'x'.repeat(9 * 1024 * 1024)
  await items.insertOne({ _id: 1, a: half })
  await expect(items.updateOne({ _id: 1 }, { $set: { b: half } })).rejects.toMatchObject({ code: 10334 })
})
