import { expect, test } from 'vitest'
import { stickyFraction } from '../../../shared/routers/sticky-percentage.ts'

// The first four bytes of SHA-256 by Python's hashlib, big-endian.
test.each([
  ['salt', 'user-1', 3_196_192_743],
  ['salt', 'user-2', 1_871_158_054],
  ['rollout-7', 'zażółć 🙂', 1_766_450_228],
  ['', '', 3_886_811_014],
])('the place of a unit is the first 32 bits of SHA-256: %s, %s', (salt, unitId, bits) => {
  expect(stickyFraction(salt, unitId)).toBe(bits / 2 ** 32)
})

test('places are uniform, and those of two salts have nothing to do with each other', () => {
  const units = Array.from({ length: 20_000 }, (_, index) => `unit-${index}`)
  const cells = Array.from({ length: 100 }, () => 0)
  for (const unit of units) {
    const cell = Math.floor(stickyFraction('a', unit) * 10) * 10 + Math.floor(stickyFraction('b', unit) * 10)
    cells[cell] = (cells[cell] ?? 0) + 1
  }
  const expected = units.length / cells.length
  const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // 99 degrees of freedom: above 149 one time in a thousand. These are always the same units.
  expect(chiSquare).toBeLessThan(149)
})
