import { fromDollars, type Nanodollars } from '../../../shared/money/nanodollars.ts'
import { invalidAmount } from './billing.errors.ts'

const LARGEST_USD = 1_000_000

/**
 * @returns an amount above zero
 * @throws invalid_amount for what is not above zero, too much, or less than a nano-dollar
 */
export function readAmount(amountUsd: number): Nanodollars {
  const param = { param: 'amountUsd' }
  if (!(amountUsd > 0)) throw invalidAmount({ fault: 'must be more than 0' }, param)
  if (amountUsd > LARGEST_USD) throw invalidAmount({ fault: `must be at most ${LARGEST_USD}` }, param)
  const amount = fromDollars(amountUsd)
  if (amount === 0) throw invalidAmount({ fault: 'is less than a nano-dollar' }, param)
  return amount
}

/**
 * @returns an amount above or below zero
 * @throws invalid_amount for zero, too much, or less than a nano-dollar
 */
export function readSignedAmount(amountUsd: number): Nanodollars {
  if (!(amountUsd < 0)) return readAmount(amountUsd)
  return -readAmount(-amountUsd) as Nanodollars
}
