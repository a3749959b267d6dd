import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  pairResults,
  sideBySide,
  type CellValue,
  type PairedDifference,
  type Pairing,
} from '../../../control-plane/modules/benchmarks/pair-results.ts'

const cell = (promptId: string, variantId: string, value: number | null): CellValue => ({ promptId, variantId, value })

const rowsOf = (pairs: readonly (readonly [base: number | null, other: number | null])[]): CellValue[] =>
  pairs.flatMap(([base, other], index) => {
    const promptId = String(index).padStart(6, '0')
    return [cell(promptId, 'base', base), cell(promptId, 'other', other)]
  })

const compare = async (
  rows: Iterable<CellValue> | AsyncIterable<CellValue>,
  rest: Partial<Pairing> = {},
): Promise<PairedDifference | undefined> =>
  (await pairResults(rows, { baselineId: 'base', variantIds: ['other'], ...rest })).get('other')

const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const collected: Item[] = []
  for await (const item of items) collected.push(item)
  return collected
}

describe('the paired difference', () => {
  // Student's sleep data (1908), as in R's `t.test(extra ~ group, data = sleep, paired = TRUE)`: mean 1.58, t 4.0621.
  test('equals that of Student’s sleep data', async () => {
    const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]
    const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    const found = await compare(rowsOf(first.map((value, index) => [value, second[index] ?? null])))
    expect(found).toMatchObject({ pairs: 10, unpaired: 0 })
    expect(found?.mean).toBeCloseTo(1.58, 12)
    expect((found?.mean ?? 0) / (found?.standardError ?? 0)).toBeCloseTo(4.0621, 4)
    expect(found?.quantiles.map(({ value }) => Number(value.toFixed(6)))).toEqual([0.36, 1.05, 1.3, 1.7, 3.61])
  })

  test('counts only prompts on which both have a finite value, and tells how many had one', async () => {
    const found = await compare(
      rowsOf([
        [1, 2],
        [1, null],
        [null, 1],
        [Number.NaN, 1],
        [null, Number.POSITIVE_INFINITY],
        [3, 5],
      ]),
    )
    expect(found).toMatchObject({ pairs: 2, unpaired: 3, mean: 1.5, standardError: 0.5 })
  })

  test('claims no error of one pair and nothing of none', async () => {
    const one = await compare(rowsOf([[1, 4]]), { probabilities: [0, 0.5, 1] })
    expect(one).toEqual({
      pairs: 1,
      unpaired: 0,
      mean: 3,
      standardError: null,
      quantiles: [0, 0.5, 1].map((probability) => ({ probability, value: 3 })),
    })
    const none = { pairs: 0, unpaired: 0, mean: null, standardError: null, quantiles: [] }
    expect(await compare([])).toEqual(none)
    expect(await compare([cell('a', 'third', 1)])).toEqual(none)
  })

  test('is told of several variants in one pass, from rows that arrive', async () => {
    async function* arriving(): AsyncGenerator<CellValue> {
      for (const promptId of ['a', 'b']) {
        yield await Promise.resolve(cell(promptId, 'third', 9))
        yield cell(promptId, 'base', 1)
        yield cell(promptId, 'other', 2)
      }
    }
    const found = await pairResults(arriving(), { baselineId: 'base', variantIds: ['other', 'third'] })
    expect([...found].map(([id, { mean, standardError }]) => [id, mean, standardError])).toEqual([
      ['other', 1, 0],
      ['third', 8, 0],
    ])
  })

  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
  const pairs = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 40 })

  test('changes its sign, and nothing else, when the two change places', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async (list) => {
        const there = await compare(rowsOf(list))
        const back = await compare(rowsOf(list.map(([base, other]) => [other, base])))
        expect(back?.mean).toBeCloseTo(-(there?.mean ?? Number.NaN), 6)
        expect(back?.standardError).toBeCloseTo(there?.standardError ?? Number.NaN, 6)
        expect(back?.quantiles[0]?.value).toBeCloseTo(-(there?.quantiles.at(-1)?.value ?? Number.NaN), 6)
      }),
    )
  })

  test('is blind to how hard prompts are: what both gain on a prompt cancels', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, value, async (list, ease) => {
        const plain = await compare(rowsOf(list))
        const eased = await compare(
          rowsOf(list.map(([base, other], index) => [base + ease * index, other + ease * index])),
        )
        expect(eased?.mean).toBeCloseTo(plain?.mean ?? Number.NaN, 5)
        expect(eased?.standardError).toBeCloseTo(plain?.standardError ?? Number.NaN, 5)
      }),
    )
  })
})

describe('side by side', () => {
  test('each prompt comes once, with what every variant got', async () => {
    const rows = [cell('a', 'x', 1), cell('a', 'y', null), cell('b', 'y', Number.NaN), cell('c', 'x', 3)]
    expect(await collect(sideBySide(rows))).toEqual([
      {
        promptId: 'a',
        values: new Map([
          ['x', 1],
          ['y', null],
        ]),
      },
      { promptId: 'b', values: new Map([['y', null]]) },
      { promptId: 'c', values: new Map([['x', 3]]) },
    ])
  })

  test('a prompt is given as soon as the next one begins', async () => {
    let taken = 0
    function* counted(): Generator<CellValue> {
      for (const promptId of ['a', 'b', 'c', 'd']) {
        taken += 1
        yield cell(promptId, 'x', 1)
      }
    }
    await sideBySide(counted()).next()
    expect(taken).toBe(2)
  })

  test.each([
    [[cell('b', 'x', 1), cell('a', 'x', 1)], 'comes after'],
    [[cell('a', 'x', 1), cell('b', 'x', 1), cell('a', 'y', 1)], 'comes after'],
    [[cell('a', 'x', 1), cell('a', 'x', 1)], 'two results'],
  ])('rows out of order or given twice are refused: %j', async (rows, message) => {
    await expect(collect(sideBySide(rows))).rejects.toThrow(message)
    await expect(compare(rows)).rejects.toThrow(message)
  })
})
