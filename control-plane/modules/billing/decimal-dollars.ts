import { NANODOLLARS_PER_DOLLAR, type Nanodollars } from '../../../shared/money/nanodollars.ts'

const DECIMALS = 9

/** An amount in US dollars as text, exact, always with nine decimals: `-0.000005000`. */
export function decimalDollars(amount: Nanodollars): string {
  const size = Math.abs(amount)
  const whole = Math.floor(size / NANODOLLARS_PER_DOLLAR)
  const rest = String(size % NANODOLLARS_PER_DOLLAR).padStart(DECIMALS, '0')
  return `${amount < 0 ? '-' : ''}${whole}.${rest}`
}
