import type { Document } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenStore, openStore } from './open-store.ts'

let open: OpenStore
beforeAll(async () => {
  open = await openStore()
  await open.database
    .collection<Document>('sales')
    .insertOne({ price: 10, at: new Date('2026-01-05T10:00:00Z'), items: ['x', 'y'], tag: '$price' })
})
afterAll(() => open.close())

async function compute(expression: unknown): Promise<unknown> {
  const [result] = await open.database
    .collection('sales')
    .aggregate([{ $project: { _id: 0, value: expression } }])
    .toArray()
  return result?.['value']
}

const EXPRESSIONS: [expression: unknown, value: unknown][] = [
  [{ $eq: ['$missing', null] }, false],
  [{ $lt: ['$missing', null] }, true],
  [{ $gt: ['text', 99] }, true],
  [{ $ifNull: ['$missing', null, 'last'] }, 'last'],
  [{ $cond: [0, 'yes', 'no'] }, 'no'],
  [{ $cond: ['', 'yes', 'no'] }, 'yes'],
  [{ $add: ['$price', 5, '$missing'] }, null],
  [{ $add: ['$at', 1000] }, new Date('2026-01-05T10:00:01Z')],
  [{ $subtract: ['$at', new Date('2026-01-05T09:00:00Z')] }, 3_600_000],
  [{ $round: [2.345, 2] }, 2.34],
  [{ $round: [2.5] }, 2],
  [{ $trunc: [-7.8] }, -7],
  [{ $arrayElemAt: ['$items', -1] }, 'y'],
  [{ $filter: { input: [1, 2, 3, 4], as: 'n', cond: { $gte: ['$$n', 3] } } }, [3, 4]],
  [{ $map: { input: [1, 2], in: { $multiply: ['$$this', 10] } } }, [10, 20]],
  [{ $reduce: { input: ['a', 'b'], initialValue: '', in: { $concat: ['$$value', '$$this'] } } }, 'ab'],
  [{ $concat: ['$tag', '!'] }, '$price!'],
  [{ $toLower: '$tag' }, '$price'],
  [{ $split: ['a-b', '-'] }, ['a', 'b']],
  [{ $mergeObjects: [{ a: 1 }, null, { b: 2 }] }, { a: 1, b: 2 }],
  [{ $objectToArray: { a: 1 } }, [{ k: 'a', v: 1 }]],
  [{ $arrayToObject: [[{ k: 'a', v: 1 }]] }, { a: 1 }],
  [
    {
      $setUnion: [
        [3, 1],
        [1, 2],
      ],
    },
    [1, 2, 3],
  ],
  [{ $sortArray: { input: [{ n: 2 }, { n: 1 }], sortBy: { n: 1 } } }, [{ n: 1 }, { n: 2 }]],
  [{ $max: [1, 'a', null] }, 'a'],
  [{ $type: '$missing' }, 'missing'],
  [{ $toString: '$at' }, '2026-01-05T10:00:00.000Z'],
  [{ $toInt: '42' }, 42],
  [{ $dateToString: { date: '$at', format: '%Y-%m-%d' } }, '2026-01-05'],
  [{ $dateAdd: { startDate: '$at', unit: 'day', amount: 2 } }, new Date('2026-01-07T10:00:00Z')],
  [{ $dateDiff: { startDate: '$at', endDate: new Date('2026-01-08T01:00:00Z'), unit: 'day' } }, 3],
  // oxlint-disable-next-line unicorn/no-thenable -- MongoDB's own word
  [{ $switch: { branches: [{ case: { $gt: ['$price', 5] }, then: 'dear' }], default: 'cheap' } }, 'dear'],
  [{ $let: { vars: { p: '$price' }, in: { $add: ['$$p', 1] } } }, 11],
  [{ $literal: '$price' }, '$price'],
  [{ $getField: 'price' }, 10],
  [{ $in: ['x', '$items'] }, true],
  [{ $regexMatch: { input: '$tag', regex: '^\\$pr' } }, true],
  [{ $trim: { input: '  a ' } }, 'a'],
]

for (const [expression, value] of EXPRESSIONS) {
  test(`${JSON.stringify(expression)} is ${JSON.stringify(value)}`, async () => {
    expect(await compute(expression)).toEqual(value)
  })
}
