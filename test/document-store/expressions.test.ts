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
  [
    { $dateTrunc: { date: new Date('2026-03-10T03:00:00Z'), unit: 'day', timezone: 'America/New_York' } },
    new Date('2026-03-09T04:00:00Z'),
  ],
  [{ $dateTrunc: { date: '$at', unit: 'week', startOfWeek: 'monday' } }, new Date('2026-01-05T00:00:00Z')],
  [{ $dateTrunc: { date: '$at', unit: 'minute', binSize: 45 } }, new Date('2026-01-05T09:45:00Z')],
  [{ $dateTrunc: { date: '$at', unit: 'quarter' } }, new Date('2026-01-01T00:00:00Z')],
  [{ $dateFromParts: { year: 2026, month: 2 } }, new Date('2026-02-01T00:00:00Z')],
  [{ $dateFromParts: { year: 2026, month: 7, day: 1, timezone: 'Europe/Rome' } }, new Date('2026-06-30T22:00:00Z')],
  [
    { $dateAdd: { startDate: new Date('2026-01-31T00:00:00Z'), unit: 'month', amount: 1 } },
    new Date('2026-02-28T00:00:00Z'),
  ],
  [{ $dateToString: { date: '$at', format: '%H:%M %z', timezone: '+05:30' } }, '15:30 +0530'],
  [{ $hour: { date: '$at', timezone: 'America/New_York' } }, 5],
  [{ $isoWeek: '$at' }, 2],
  [{ $dateToParts: { date: '$at' } }, { year: 2026, month: 1, day: 5, hour: 10, minute: 0, second: 0, millisecond: 0 }],
  [{ $indexOfCP: ['añb', 'b'] }, 2],
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
