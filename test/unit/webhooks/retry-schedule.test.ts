import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_ATTEMPTS, retryDelayMs } from '../../../control-plane/modules/webhooks/retry-schedule.ts'

const HOUR_MS = 3_600_000
const pauses = Array.from({ length: MOST_ATTEMPTS - 1 }, (_none, index) => index + 1)

test('the pauses are those of the documentation', () => {
  expect(pauses.map((attempts) => retryDelayMs(attempts, 0.5) / 1_000)).toEqual([
    5, 20, 80, 320, 1_280, 5_120, 20_480, 28_800, 28_800,
  ])
})

test('whatever chance brings, the last attempt is within 18 to 29 hours of the first', () => {
  const randoms = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
    minLength: pauses.length,
    maxLength: pauses.length,
  })
  const property = fc.property(randoms, (chances) => {
    const total = pauses.reduce((sum, attempts, index) => sum + retryDelayMs(attempts, chances[index] ?? 0), 0)
    expect(total).toBeGreaterThan(18 * HOUR_MS)
    expect(total).toBeLessThan(29 * HOUR_MS)
  })
  fc.assert(property)
})

test('a pause that the receiver asks for is kept to where it is the longer one', () => {
  expect(retryDelayMs(1, 0.5, 60_000)).toBe(60_000)
  expect(retryDelayMs(6, 0.5, 60_000)).toBe(5_120_000)
})
