import type { Collection, Document } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenStore, openStore } from './open-store.ts'

let open: OpenStore
let items: Collection<Document & { _id: number }>
const DOCUMENTS = [
  {
    _id: 1,
    a: 1,
    tags: ['x', 'y'],
    sub: [
      { n: 1, m: 2 },
      { n: 3, m: 4 },
    ],
    name: 'Ångström',
  },
  { _id: 2, a: null, tags: [], sub: [], name: 'alpha' },
  { _id: 3, tags: 'x', name: 'Beta' },
  { _id: 4, a: [1, 5], name: 'beta' },
  { _id: 5, a: 'text', deep: { list: [[1, 2], [3]] }, name: 'alpha2' },
  { _id: 6, a: { b: 1, c: 2 }, name: 'z' },
  { _id: 7, a: 2.5, name: 'alpha10' },
]

beforeAll(async () => {
  open = await openStore()
  items = open.database.collection('items')
  await items.insertMany(DOCUMENTS)
})
afterAll(() => open.close())

const QUERIES: [name: string, filter: Document, ids: number[]][] = [
  ['null matches null and missing', { a: null }, [2, 3]],
  ['$exists tells null from missing', { a: { $exists: false } }, [3]],
  ['$ne takes in documents without the field', { a: { $ne: 1 } }, [2, 3, 5, 6, 7]],
  ['a range stays within its type', { a: { $gt: 1 } }, [4, 7]],
  ['two bounds may be met by two elements', { a: { $gt: 4, $lt: 2 } }, [4]],
  ['$elemMatch wants one element to meet both', { a: { $elemMatch: { $gt: 4, $lt: 2 } } }, []],
  ['an array equals an array, or holds the value', { tags: 'x' }, [1, 3]],
  ['a whole array is matched in order', { tags: ['x', 'y'] }, [1]],
  ['$all wants every value', { tags: { $all: ['y', 'x'] } }, [1]],
  ['$size counts', { tags: { $size: 0 } }, [2]],
  ['a path goes through the documents of an array', { 'sub.n': 3 }, [1]],
  ['a path may name a position', { 'sub.1.m': 4 }, [1]],
  ['conditions on an array may be met by two elements', { 'sub.n': 1, 'sub.m': 4 }, [1]],
  ['$elemMatch on documents wants one', { sub: { $elemMatch: { n: 1, m: 4 } } }, []],
  ['documents are equal field by field, in order', { a: { c: 2, b: 1 } }, []],
  ['$in mixes values and patterns', { name: { $in: [/^al/, 'z'] } }, [2, 5, 6, 7]],
  ['$nin is the opposite of $in', { a: { $nin: [1, null] } }, [5, 6, 7]],
  ['$not turns an operator round', { a: { $not: { $gt: 1 } } }, [1, 2, 3, 5, 6]],
  ['$type knows the types of elements', { a: { $type: 'number' } }, [1, 4, 7]],
  ['$mod cuts to whole numbers', { a: { $mod: [2, 0] } }, [7]],
  ['$nor excludes each', { $nor: [{ a: 1 }, { name: 'z' }] }, [2, 3, 5, 7]],
  ['$expr compares fields', { $expr: { $eq: [{ $size: { $ifNull: ['$sub', []] } }, 2] } }, [1]],
  ['$regex has options', { name: { $regex: '^BETA$', $options: 'i' } }, [3, 4]],
  ['an empty $in matches nothing', { a: { $in: [] } }, []],
]

for (const [name, filter, ids] of QUERIES) {
  test(`${name}`, async () => {
    expect((await items.find(filter, { sort: { _id: 1 } }).toArray()).map(({ _id }) => _id)).toEqual(ids)
  })
}

test('values of different types sort in BSON order, an array by its lowest or highest element', async () => {
  const ids = async (direction: 1 | -1): Promise<number[]> =>
    (await items.find().sort({ a: direction, _id: 1 }).toArray()).map(({ _id }) => _id)
  expect(await ids(1)).toEqual([2, 3, 1, 4, 7, 5, 6])
  expect(await ids(-1)).toEqual([6, 5, 4, 7, 1, 2, 3])
})

test('a collation decides equality and order', async () => {
  const names = async (collation: Document): Promise<unknown[]> =>
    (
      await items
        .find({}, { collation: collation as never })
        .sort({ name: 1 })
        .toArray()
    ).map(({ name }) => name)
  expect((await names({ locale: 'en', numericOrdering: true })).slice(0, 4)).toEqual([
    'alpha',
    'alpha2',
    'alpha10',
    'Ångström',
  ])
  expect(await items.countDocuments({ name: 'BETA' }, { collation: { locale: 'en', strength: 2 } })).toBe(2)
  expect(await items.countDocuments({ name: 'angstrom' }, { collation: { locale: 'en', strength: 1 } })).toBe(1)
  expect(await items.countDocuments({ name: 'angstrom' }, { collation: { locale: 'en', strength: 2 } })).toBe(0)
})

const PROJECTIONS: [name: string, id: number, projection: Document, expected: Document][] = [
  ['an inclusion keeps the order of the document', 1, { tags: 1, a: 1 }, { _id: 1, a: 1, tags: ['x', 'y'] }],
  ['an exclusion keeps the rest', 3, { tags: 0 }, { _id: 3, name: 'Beta' }],
  ['_id alone may go against the rest', 3, { name: 1, _id: 0 }, { name: 'Beta' }],
  ['a path reaches into arrays', 1, { 'sub.n': 1, _id: 0 }, { sub: [{ n: 1 }, { n: 3 }] }],
  ['nested documents are paths too', 6, { a: { b: 1 }, _id: 0 }, { a: { b: 1 } }],
  ['$slice cuts an array and keeps the rest', 4, { a: { $slice: -1 } }, { _id: 4, a: [5], name: 'beta' }],
  ['$elemMatch keeps the first match', 1, { sub: { $elemMatch: { n: 3 } }, _id: 0 }, { sub: [{ n: 3, m: 4 }] }],
  ['an expression makes a field', 7, { twice: { $multiply: ['$a', 2] }, _id: 0 }, { twice: 5 }],
]

for (const [name, id, projection, expected] of PROJECTIONS) {
  test(`in a projection, ${name}`, async () => {
    const found = await items.findOne({ _id: id }, { projection })
    expect(found).toEqual(expected)
    expect(Object.keys(found ?? {})).toEqual(Object.keys(expected))
  })
}

test('the positional projection shows the element that matched', async () => {
  expect(await items.findOne({ 'sub.n': 3 }, { projection: { 'sub.$': 1 } })).toEqual({ _id: 1, sub: [{ n: 3, m: 4 }] })
})

test('distinct opens arrays and keeps each value once, in order', async () => {
  expect(await items.distinct('a')).toEqual([null, 1, 2.5, 5, 'text', { b: 1, c: 2 }])
})

test('let gives names to constants', async () => {
  expect(await items.find({ $expr: { $eq: ['$_id', '$$wanted'] } }, { let: { wanted: 7 } }).toArray()).toHaveLength(1)
})

const REFUSED: [name: string, filter: Document, code: number][] = [
  ['an unknown operator', { a: { $nope: 1 } }, 2],
  ['an unknown top level operator', { $nope: 1 }, 2],
  ['an empty $or', { $or: [] }, 2],
  ['$in without an array', { a: { $in: 1 } }, 2],
  ['$where', { $where: 'true' }, 2],
  ['an unknown expression', { $expr: { $nope: 1 } }, 168],
  ['a script in an expression', { $expr: { $function: { body: 'return true', args: [], lang: 'js' } } }, 168],
]

for (const [name, filter, code] of REFUSED) {
  test(`a query refuses ${name}`, async () => {
    await expect(items.find(filter).toArray()).rejects.toMatchObject({ code })
  })
}

test('a projection may not mix inclusion and exclusion', async () => {
  await expect(items.find({}, { projection: { a: 1, b: 0 } }).toArray()).rejects.toMatchObject({ code: 31254 })
  await expect(items.find({}, { projection: { a: 0, b: 1 } }).toArray()).rejects.toMatchObject({ code: 31253 })
})
