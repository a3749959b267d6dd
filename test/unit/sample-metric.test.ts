import { expect, test } from 'vitest'
import { isSampled } from '../../control-plane/modules/evaluations/sample-metric.ts'

const ids = Array.from({ length: 100_000 }, (_value, place) => `generation-${place}`)

test('the share of answers that a metric looks at is its rate', () => {
  for (const rate of [0.01, 0.1, 0.5]) {
    const sampled = ids.filter((id) => isSampled(id, 'metric', rate)).length
    // Five standard deviations of a binomial.
    expect(Math.abs(sampled - ids.length * rate)).toBeLessThan(5 * Math.sqrt(ids.length * rate * (1 - rate)))
  }
})

test('nothing is sampled at 0 and everything at 1', () => {
  expect(ids.some((id) => isSampled(id, 'metric', 0))).toBe(false)
  expect(ids.every((id) => isSampled(id, 'metric', 1))).toBe(true)
})

test('a higher rate keeps what a lower one samples', () => {
  const few = ids.filter((id) => isSampled(id, 'metric', 0.1))
  expect(few.every((id) => isSampled(id, 'metric', 0.2))).toBe(true)
})

test('two metrics sample independently', () => {
  const both = ids.filter((id) => isSampled(id, 'one', 0.5) && isSampled(id, 'other', 0.5)).length
  expect(Math.abs(both - ids.length / 4)).toBeLessThan(5 * Math.sqrt((ids.length * 3) / 16))
})
