declare const unit: unique symbol

/** An amount of money: a whole number of 1e-9 US dollars, within ±2^53. */
export type Nanodollars = number & { readonly [unit]: 'nanodollars' }

export const NANODOLLARS_PER_DOLLAR = 1_000_000_000
export const ZERO = 0 as Nanodollars

/**
 * Marks a number as an amount.
 *
 * @throws RangeError when it is not a whole number that a double holds exactly
 */
export function nanodollars(amount: number): Nanodollars {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`not a whole number of nano-dollars: ${amount}`)
  return amount as Nanodollars
}

/** US dollars, as a person types them, to the nearest nano-dollar. */
export function fromDollars(dollars: number): Nanodollars {
  return nanodollars(Math.round(dollars * NANODOLLARS_PER_DOLLAR))
}

/** For display and for JSON only: never add up the result. */
export function toDollars(amount: Nanodollars): number {
  return amount / NANODOLLARS_PER_DOLLAR
}

/**
 * `amount × numerator / denominator`, rounded half up, exact in between.
 *
 * @throws RangeError when the result leaves the safe range
 */
export function scale(amount: Nanodollars, numerator: number, denominator: number): Nanodollars {
  return nanodollars(divideHalfUp(BigInt(amount) * BigInt(numerator), BigInt(denominator)))
}

/** Whole division rounded half up, for dividends that are not negative. */
export function divideHalfUp(dividend: bigint, divisor: bigint): number {
  return Number((2n * dividend + divisor) / (2n * divisor))
}
