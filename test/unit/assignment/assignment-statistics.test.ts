import { expect, test } from 'vitest'
import { assignVariant, placeOf, prepareTest } from '../../../shared/ab-tests/assign-variant.ts'

/*
 * 200,000 ids, as many as it takes to see an assignment that is off by half a percent. The whole file takes about
 * half a second, nearly all of it hashing. Nothing is random: what passes once passes always. Each limit is the 99.9th
 * percentile of chi-square with the degrees of freedom in its name.
 */
const UNITS = Array.from({ length: 200_000 }, (_, index) => `user-${index}`)
const LIMIT_1 = 10.828
const LIMIT_2 = 13.816
const LIMIT_81 = 126.083
const LIMIT_255 = 330.52

const placesIn = (testId: string, salt: string) => UNITS.map((unitId) => placeOf(testId, salt, unitId))
const checkout = placesIn('01J9ZK3V5T8Q2W4X6Y7Z8A9B0C', 'q7hk2m')
const search = placesIn('01J9ZK3V5T8Q2W4X6Y7Z8A9B0D', 'q7hk2m')
const restarted = placesIn('01J9ZK3V5T8Q2W4X6Y7Z8A9B0C', 'w0s4xd')

test('units are spread evenly over a test, to the 256th part of it', () => {
  for (const places of [checkout, search, restarted]) {
    const counts = countBy(places, 256)
    expect(
      chiSquare(
        counts,
        counts.map(() => UNITS.length / 256),
      ),
    ).toBeLessThan(LIMIT_255)
  }
})

test('arms get units in proportion to their weights', () => {
  const weights = [0.7, 0.25, 0.05]
  const arms = weights.map((weight, index) => ({ variantId: String(index), weight }))
  const prepared = prepareTest({ testId: 'weighted', salt: 'q7hk2m', arms, coverage: 1 })
  const counts = [0, 0, 0]
  for (const unitId of UNITS) {
    const index = Number(assignVariant(prepared, unitId)?.variantId)
    counts[index] = (counts[index] ?? 0) + 1
  }
  expect(
    chiSquare(
      counts,
      weights.map((weight) => weight * UNITS.length),
    ),
  ).toBeLessThan(LIMIT_2)
})

test.each([
  ['two tests', search],
  ['a test and the same with another salt', restarted],
])('the assignments of %s are independent', (_name, other) => {
  expect(independence(checkout, other, 2)).toBeLessThan(LIMIT_1)
  expect(independence(checkout, other, 10)).toBeLessThan(LIMIT_81)
})

test('without a store, a change of weights moves the units between the old border and the new, and nobody else', () => {
  const variantsWith = (weight: number) => {
    const arms = [
      { variantId: 'a', weight },
      { variantId: 'b', weight: 1 - weight },
    ]
    const prepared = prepareTest({ testId: '01J9ZK3V5T8Q2W4X6Y7Z8A9B0C', salt: 'q7hk2m', arms, coverage: 1 })
    return UNITS.map((unitId) => assignVariant(prepared, unitId)?.variantId)
  }
  const before = variantsWith(0.5)
  const after = variantsWith(0.6)
  const moved = UNITS.filter((_, index) => before[index] !== after[index]).length
  expect(moved).toBe(checkout.filter((place) => place >= 0.5 && place < 0.6).length)
  expect(moved / UNITS.length).toBeCloseTo(0.1, 2)
})

function countBy(places: readonly number[], bins: number): number[] {
  const counts = Array.from({ length: bins }, () => 0)
  for (const place of places) counts[Math.floor(place * bins)] = (counts[Math.floor(place * bins)] ?? 0) + 1
  return counts
}

function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce((sum, count, index) => {
    const mean = expected[index] ?? 0
    return sum + (count - mean) ** 2 / mean
  }, 0)
}

/** Chi-square of the table that two assignments to `bins` equal arms make, with (bins - 1)² degrees of freedom. */
function independence(one: readonly number[], other: readonly number[], bins: number): number {
  const rows = countBy(one, bins)
  const columns = countBy(other, bins)
  const cells = Array.from({ length: bins * bins }, () => 0)
  for (const [index, place] of one.entries()) {
    const cell = Math.floor(place * bins) * bins + Math.floor((other[index] ?? 0) * bins)
    cells[cell] = (cells[cell] ?? 0) + 1
  }
  const means = rows.flatMap((row) => columns.map((column) => (row * column) / one.length))
  return chiSquare(cells, means)
}
