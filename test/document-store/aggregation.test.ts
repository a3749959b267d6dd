import type { Document } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenStore, openStore } from './open-store.ts'

let open: OpenStore
beforeAll(async () => {
  open = await openStore()
  await open.database.collection<Document>('sales').insertMany([
    { _id: 1, shop: 'a', price: 10, at: new Date('2026-01-05T10:00:00Z'), items: ['x', 'y'], tag: '$price' },
    { _id: 2, shop: 'a', price: 30, at: new Date('2026-01-25T10:00:00Z'), items: [] },
    { _id: 3, shop: 'b', price: 20, at: new Date('2026-02-05T10:00:00Z'), items: ['x'] },
    { _id: 4, shop: 'b', price: 100, at: new Date('2026-02-07T10:00:00Z') },
    { _id: 5, shop: null, at: new Date('2026-03-01T10:00:00Z'), items: null },
  ] as never[])
  await open.database.collection<Document>('shops').insertMany([
    { _id: 'a', city: 'Rome' },
    { _id: 'b', city: 'Oslo' },
  ] as never[])
})
afterAll(() => open.close())

function run(pipeline: Document[], collection = 'sales'): Promise<Document[]> {
  return open.database.collection(collection).aggregate(pipeline).toArray()
}

test('$group gathers with every accumulator', async () => {
  const fields = {
    n: { $sum: 1 },
    total: { $sum: '$price' },
    mean: { $avg: '$price' },
    low: { $min: '$price' },
    high: { $max: '$price' },
    first: { $first: '$_id' },
    last: { $last: '$_id' },
    ids: { $push: '$_id' },
    deviation: { $stdDevPop: '$price' },
    best: { $top: { sortBy: { price: -1 }, output: '$_id' } },
    two: { $maxN: { input: '$price', n: 2 } },
  }
  const groups = await run([{ $group: { _id: '$shop', ...fields } }, { $sort: { _id: 1 } }])
  expect(groups).toEqual([
    {
      _id: null,
      n: 1,
      total: 0,
      mean: null,
      low: null,
      high: null,
      first: 5,
      last: 5,
      ids: [5],
      deviation: null,
      best: 5,
      two: [],
    },
    {
      _id: 'a',
      n: 2,
      total: 40,
      mean: 20,
      low: 10,
      high: 30,
      first: 1,
      last: 2,
      ids: [1, 2],
      deviation: 10,
      best: 2,
      two: [30, 10],
    },
    {
      _id: 'b',
      n: 2,
      total: 120,
      mean: 60,
      low: 20,
      high: 100,
      first: 3,
      last: 4,
      ids: [3, 4],
      deviation: 40,
      best: 4,
      two: [100, 20],
    },
  ])
})

test('$percentile and $median take values in numeric order', async () => {
  const [result] = await run([
    {
      $group: {
        _id: null,
        p: { $percentile: { input: '$price', p: [0.5, 0.95], method: 'approximate' } },
        m: { $median: { input: '$price', method: 'approximate' } },
      },
    },
  ])
  expect(result).toEqual({ _id: null, p: [20, 100], m: 20 })
})

test('$group by a date truncated to its month', async () => {
  const groups = await run([
    { $group: { _id: { $dateTrunc: { date: '$at', unit: 'month' } }, n: { $sum: 1 } } },
    { $sort: { _id: 1 } },
  ])
  expect(groups.map(({ _id, n }) => [_id.toISOString().slice(0, 7), n])).toEqual([
    ['2026-01', 2],
    ['2026-02', 2],
    ['2026-03', 1],
  ])
})

test('$lookup joins by equality and by pipeline', async () => {
  const [joined] = await run([
    { $match: { _id: 3 } },
    { $lookup: { from: 'shops', localField: 'shop', foreignField: '_id', as: 'in' } },
    { $project: { in: 1 } },
  ])
  expect(joined).toEqual({ _id: 3, in: [{ _id: 'b', city: 'Oslo' }] })
  const piped = {
    from: 'sales',
    let: { shop: '$_id' },
    pipeline: [
      { $match: { $expr: { $eq: ['$shop', '$$shop'] } } },
      { $sort: { price: -1 } },
      { $limit: 1 },
      { $project: { price: 1, _id: 0 } },
    ],
    as: 'best',
  }
  expect(await run([{ $lookup: piped }, { $sort: { _id: 1 } }], 'shops')).toMatchObject([
    { best: [{ price: 30 }] },
    { best: [{ price: 100 }] },
  ])
})

test('$unwind makes one document of each element', async () => {
  expect((await run([{ $unwind: '$items' }, { $sort: { _id: 1 } }])).map(({ _id, items }) => [_id, items])).toEqual([
    [1, 'x'],
    [1, 'y'],
    [3, 'x'],
  ])
  const all = await run([
    { $unwind: { path: '$items', preserveNullAndEmptyArrays: true, includeArrayIndex: 'at' } },
    { $sort: { _id: 1, at: 1 } },
  ])
  expect(all.map(({ _id, items, at }) => [_id, items, at])).toEqual([
    [1, 'x', 0],
    [1, 'y', 1],
    [2, undefined, null],
    [3, 'x', 0],
    [4, undefined, null],
    [5, null, null],
  ])
})

test('$facet answers several questions of one input', async () => {
  const [facets] = await run([
    {
      $facet: {
        count: [{ $count: 'n' }],
        dear: [{ $match: { price: { $gt: 25 } } }, { $sort: { price: 1 } }, { $project: { _id: 1 } }],
      },
    },
  ])
  expect(facets).toEqual({ count: [{ n: 5 }], dear: [{ _id: 2 }, { _id: 4 }] })
})

test('$setWindowFields runs over an ordered partition', async () => {
  const window = {
    partitionBy: '$shop',
    sortBy: { at: 1 },
    output: { running: { $sum: '$price', window: { documents: ['unbounded', 'current'] } } },
  }
  expect(
    (await run([{ $match: { shop: { $ne: null } } }, { $setWindowFields: window }, { $sort: { _id: 1 } }])).map(
      ({ running }) => running,
    ),
  ).toEqual([10, 40, 20, 120])
})

test('$unionWith, $sortByCount and $bucket', async () => {
  expect(await run([{ $unionWith: 'shops' }, { $count: 'n' }])).toEqual([{ n: 7 }])
  expect(await run([{ $match: { shop: { $ne: null } } }, { $sortByCount: { $gt: ['$price', 15] } }])).toEqual([
    { _id: true, count: 3 },
    { _id: false, count: 1 },
  ])
  const buckets = await run([
    { $match: { price: { $exists: true } } },
    { $bucket: { groupBy: '$price', boundaries: [0, 25, 200], output: { n: { $sum: 1 } } } },
  ])
  expect(buckets).toEqual([
    { _id: 0, n: 2 },
    { _id: 25, n: 2 },
  ])
})

test('$merge and $out write what the pipeline made', async () => {
  await run([{ $match: { shop: 'a' } }, { $project: { price: 1 } }, { $out: 'copy' }])
  expect(await run([], 'copy')).toEqual([
    { _id: 1, price: 10 },
    { _id: 2, price: 30 },
  ])
  await run([
    { $match: { _id: { $in: [2, 3] } } },
    { $project: { shop: 1 } },
    { $merge: { into: 'copy', whenMatched: 'merge', whenNotMatched: 'insert' } },
  ])
  expect(await run([{ $sort: { _id: 1 } }], 'copy')).toEqual([
    { _id: 1, price: 10 },
    { _id: 2, price: 30, shop: 'a' },
    { _id: 3, shop: 'b' },
  ])
  await expect(run([{ $merge: { into: 'copy', on: 'shop' } }])).rejects.toMatchObject({ code: 51183 })
})

test('a field computed as missing is left out', async () => {
  expect(
    await run([{ $match: { _id: 1 } }, { $project: { _id: 0, a: '$missing', b: '$$REMOVE', c: { d: '$missing' } } }]),
  ).toEqual([{ c: {} }])
})

test('$addFields reaches into documents and arrays', async () => {
  expect(
    await run([
      { $limit: 1 },
      { $project: { _id: 0, list: [{ n: 1 }, { n: 2 }], sub: { $literal: { a: 1 } } } },
      { $addFields: { 'list.m': 0, sub: { b: 2 } } },
    ]),
  ).toEqual([
    {
      list: [
        { n: 1, m: 0 },
        { n: 2, m: 0 },
      ],
      sub: { a: 1, b: 2 },
    },
  ])
})

const REFUSED: [name: string, pipeline: Document[], code: number][] = [
  ['an unknown stage', [{ $nope: {} }], 40324],
  ['a stage with two names', [{ $match: {}, $limit: 1 }], 40323],
  ['$out before the end', [{ $out: 'x' }, { $limit: 1 }], 40601],
  ['an unknown accumulator', [{ $group: { _id: null, n: { $nope: 1 } } }], 15952],
  ['a $group without _id', [{ $group: { n: { $sum: 1 } } }], 15955],
  ['an undefined variable', [{ $project: { a: '$$nope' } }], 17276],
  ['division by zero', [{ $project: { a: { $divide: [1, 0] } } }], 16608],
  ['a change stream', [{ $changeStream: {} }], 40573],
]

for (const [name, pipeline, code] of REFUSED) {
  test(`a pipeline refuses ${name}`, async () => {
    await expect(run(pipeline)).rejects.toMatchObject({ code })
  })
}
