import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toCredits } from '../../shared/money/credits.ts'
import { nanodollars } from '../../shared/money/nanodollars.ts'

test('0.00012 dollars with a markup of 1.25 are 0.0003 credits of $0.50, and 0.003 of $0.05', () => {
  expect(toCredits(nanodollars(150_000), 500_000_000)).toBe(0.0003)
  expect(toCredits(nanodollars(150_000), 50_000_000)).toBe(0.003)
})

test('any amount is told to the nearest ten-thousandth of a credit, as exact arithmetic says', () => {
  const amount = fc.nat({ max: 2 ** 50 })
  fc.assert(
    fc.property(amount, fc.constantFrom(50_000_000, 500_000_000, 1_000_000_000, 333_333_333), (nano, credit) => {
      const exact = (BigInt(nano) * 20_000n + BigInt(credit)) / (2n * BigInt(credit))
      expect(toCredits(nanodollars(nano), credit)).toBe(Number(exact) / 10_000)
    }),
  )
})
