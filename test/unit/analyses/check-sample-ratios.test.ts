import { expect, test } from 'vitest'
import { checkSampleRatios, type StageBatch } from '../../../control-plane/modules/analyses/check-sample-ratios.ts'

const WEIGHTS = new Map([
  [
    1,
    new Map([
      ['a', 0.5],
      ['b', 0.5],
    ]),
  ],
  [
    2,
    new Map([
      ['a', 0.9],
      ['b', 0.1],
    ]),
  ],
])

function batch(
  variantId: string,
  hour: number,
  fields: { version?: number; counts: StageBatch['counts'] },
): StageBatch {
  return { variantId, hour, weightsVersion: fields.version ?? 1, counts: fields.counts }
}

test('units that are lost between two stages alarm at the stage where they are missing, and not before', () => {
  const hours = Array.from({ length: 20 }, (_none, hour) => [
    batch('a', hour, { counts: [100, 100, 100, 100] }),
    batch('b', hour, { counts: [100, 100, 70, 70] }),
  ])
  const ratios = checkSampleRatios(hours.flat(), WEIGHTS)
  expect(ratios.map(({ stage, pValue }) => [stage, pValue < 0.005])).toEqual([
    ['assigned', false],
    ['exposed', false],
    ['answered', true],
    ['scored', true],
  ])
})

test('units are held against the weights in force, also where these change within an hour', () => {
  const batches = [
    batch('a', 0, { counts: [500, 500, 500, 500] }),
    batch('b', 0, { counts: [500, 500, 500, 500] }),
    batch('a', 0, { version: 2, counts: [900, 900, 900, 900] }),
    batch('b', 0, { version: 2, counts: [100, 100, 100, 100] }),
  ]
  const [assigned] = checkSampleRatios(batches, WEIGHTS)
  expect(assigned?.pValue).toBeGreaterThan(0.5)
  expect(assigned?.variants).toEqual([
    { variantId: 'a', observed: 1_400, expected: 1_400 },
    { variantId: 'b', observed: 600, expected: 600 },
  ])
  const swapped = batches.map((each) => ({ ...each, weightsVersion: 3 - each.weightsVersion }))
  expect(checkSampleRatios(swapped, WEIGHTS)[0]?.pValue).toBeLessThan(0.005)
})

test('1000 against 1200 units at equal weights alarm, with the published p of chi-square', () => {
  const batches = ['a', 'b'].flatMap((variantId) => {
    const units = variantId === 'a' ? 1_000 : 1_200
    return [batch(variantId, 0, { counts: [units, units, units, units] })]
  })
  const [assigned] = checkSampleRatios(batches, WEIGHTS)
  expect(assigned?.chiSquarePValue).toBeCloseTo(2.0079e-5, 8)
  expect(assigned?.pValue).toBeLessThan(0.005)
})

test('units of weights that nobody remembers are left out', () => {
  const [assigned] = checkSampleRatios([batch('a', 0, { version: 7, counts: [10, 10, 10, 10] })], WEIGHTS)
  expect(assigned).toMatchObject({ pValue: 1, variants: [{ observed: 0 }, { observed: 0 }] })
})
