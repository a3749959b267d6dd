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

const MILLION = 1_000_000

/**
 * `amount × millionths / 1,000,000`, rounded half up; exact without big integers, for the serving path: the amount is
 * taken apart so that no product but the result itself can leave the safe range.
 *
 * @param amount not negative
 * @param millionths a factor, for example 1,250,000 for 1.25; below 2^33
 * @throws RangeError when the result leaves the safe range
 */
export function scaleByMillionths(amount: Nanodollars, millionths: number): Nanodollars {
  const whole = Math.floor(amount / MILLION)
  return nanodollars(whole * millionths + roundMillionths((amount % MILLION) * millionths))
}

/** Millionths of a nano-dollar to whole nano-dollars, half up. */
export function roundMillionths(millionths: number): number {
  return Math.floor((millionths + MILLION / 2) / MILLION)
}
