import type { MetricEvidence, MetricUnit } from './decide-evidence.ts'

/** A value of the metric as people read it: `73.0 %`, `812 ms`, `$0.0123`. */
export function formatValue(value: number, unit: MetricUnit): string {
  switch (unit) {
    case 'share':
      return `${formatNumber(value * 100)} %`
    case 'milliseconds':
      return `${formatNumber(value)} ms`
    case 'usd':
      return `$${formatNumber(value)}`
    case 'number':
      return formatNumber(value)
    default:
      return unit satisfies never
  }
}

/** The size of an effect, without its sign: `5.1 points`, `12.0 %`, `40 ms`. */
export function formatSize(effect: number, { scale, unit }: Pick<MetricEvidence, 'scale' | 'unit'>): string {
  const size = Math.abs(effect)
  if (scale === 'relative') return `${formatNumber(size * 100)} %`
  return unit === 'share' ? `${formatNumber(size * 100)} points` : formatValue(size, unit)
}

/** An effect with its direction: `5.1 points more`, `12.0 % less`. */
export function formatEffect(effect: number, metric: Pick<MetricEvidence, 'scale' | 'unit'>): string {
  if (effect === 0) return 'the same'
  return `${formatSize(effect, metric)} ${effect > 0 ? 'more' : 'less'}`
}

/** `between 2.1 points less and 8.0 points more`; an end that is not known is left out. */
export function formatRange(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  metric: Pick<MetricEvidence, 'scale' | 'unit'>,
): string {
  const [low, high] = [Number.isFinite(lower), Number.isFinite(upper)]
  if (!low && !high) return 'not known yet'
  if (!low) return upper < 0 ? `at least ${formatEffect(upper, metric)}` : `at most ${formatEffect(upper, metric)}`
  if (!high) return lower < 0 ? `at most ${formatEffect(lower, metric)}` : `at least ${formatEffect(lower, metric)}`
  if (lower > 0) return `between ${formatSize(lower, metric)} and ${formatEffect(upper, metric)}`
  if (upper < 0) return `between ${formatSize(upper, metric)} and ${formatEffect(lower, metric)}`
  return `between ${formatEffect(lower, metric)} and ${formatEffect(upper, metric)}`
}

export function formatCount(count: number): string {
  return formatNumber(Math.round(count))
}

/** Three digits that count, all of a whole number's: 0.0123, 12.3, 812, 12,345. */
export function formatNumber(value: number): string {
  const digits = Math.max(FEWEST_DIGITS, Math.ceil(Math.log10(Math.abs(value) + 1)))
  return (FORMATS[digits - FEWEST_DIGITS] ?? LONGEST).format(value)
}

const FEWEST_DIGITS = 3
const LONGEST = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 21 })
/** By the number of digits; made once, because making one takes a hundred times as long as using it. */
const FORMATS = Array.from(
  { length: 21 - FEWEST_DIGITS },
  (_none, index) => new Intl.NumberFormat('en-US', { maximumSignificantDigits: FEWEST_DIGITS + index }),
)
