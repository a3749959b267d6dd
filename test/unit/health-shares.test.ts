import { expect, test } from 'vitest'
import { settledAfter, sharesOf, type Slot } from '../bench/health-shares.ts'

/** Half a second each: attempts at the first endpoint, of ten. */
function slotsOf(...firsts: number[]): Slot[] {
  return firsts.map((first, index) => ({ from: index / 2, to: (index + 1) / 2, attempts: [first, 10 - first] }))
}

const isWanted = (share: number): boolean => share < 0.2

test('shares are those of a second', () => {
  expect(sharesOf(slotsOf(10, 0, 0, 5), 0)).toEqual([1, 0.5, 0, 0.25])
})

test('a second without attempts has no share', () => {
  expect(sharesOf([{ from: 0, to: 0.5, attempts: [0, 0] }], 0)).toEqual([null])
})

test('a share has settled when it is as wanted for good, not when it first is', () => {
  const slots = slotsOf(10, 0, 0, 0, 10, 0, 0, 0)
  const span = { from: 0.5, to: 4 }
  expect(settledAfter(slots, sharesOf(slots, 0), { span, isWanted })).toBe(3)
})

test('what follows the span does not count, and a share that is not as wanted at its end has not settled', () => {
  const slots = slotsOf(0, 0, 0, 10)
  const shares = sharesOf(slots, 0)
  expect(settledAfter(slots, shares, { span: { from: 0, to: 1.5 }, isWanted })).toBe(0.5)
  expect(settledAfter(slots, shares, { span: { from: 0, to: 2 }, isWanted })).toBeNull()
})
