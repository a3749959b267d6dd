import type { Nanodollars } from './nanodollars.ts'

/** Credits are told to four decimals. */
const PARTS = 10_000

/**
 * An amount in credits, to the nearest of four decimals. For display and for JSON only: never add up the result.
 *
 * @param amount not negative
 * @param creditNanodollars what one credit is worth, above 0
 */
export function toCredits(amount: Nanodollars, creditNanodollars: number): number {
  const whole = Math.floor(amount / creditNanodollars)
  // Apart from the whole credits, so that the product stays small enough to be exact.
  const rest = amount - whole * creditNanodollars
  return (whole * PARTS + Math.round((rest * PARTS) / creditNanodollars)) / PARTS
}
