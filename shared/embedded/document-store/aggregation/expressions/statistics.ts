import { CommandError } from '../../errors.ts'
import { arithmetic } from '../../update/numbers.ts'
import { isNumeric, toNumber, toPlain, type Value } from '../../values/bson-values.ts'

/** Adds what is a number and ignores the rest, as `$sum` does. */
export function sum(values: Iterable<Value>): Value {
  let total: Value = 0
  for (const value of values) total = addNumber(total, value)
  return total
}

/** A running sum: plain numbers as they are, longs beyond 2^53 and decimals exactly. */
export function addNumber(total: Value, value: Value): Value {
  if (typeof value === 'number' && typeof total === 'number') return total + value
  return isNumeric(value) ? toPlain(arithmetic('$inc', total, value)) : total
}

/** The mean of what is a number; null of nothing. */
export function average(values: Iterable<Value>): Value {
  const numbers = [...values].filter(isNumeric).map(toNumber)
  return numbers.length === 0 ? null : numbers.reduce((total, number) => total + number, 0) / numbers.length
}

/** The standard deviation, of a population or of a sample; null where there is none. */
export function standardDeviation(values: Iterable<Value>, sample: boolean): Value {
  let count = 0
  let mean = 0
  let squares = 0
  for (const value of values) {
    if (!isNumeric(value)) continue
    // Welford's recurrence does not lose the small differences of large numbers.
    const number = toNumber(value)
    count++
    const delta = number - mean
    mean += delta / count
    squares += delta * (number - mean)
  }
  const divisor = sample ? count - 1 : count
  return divisor > 0 ? Math.sqrt(squares / divisor) : null
}

/** The discrete percentiles MongoDB's approximate method converges to: each is one of the values. */
export function percentiles(values: Iterable<Value>, wanted: Value): Value[] {
  if (!Array.isArray(wanted) || wanted.length === 0)
    throw new CommandError(7750300, "The $percentile 'p' field must be an array of numbers from [0.0, 1.0]")
  const sorted = [...values]
    .filter(isNumeric)
    .map(toNumber)
    .toSorted((left, right) => left - right)
  return wanted.map((p) => {
    const share = isNumeric(p) ? toNumber(p) : Number.NaN
    if (!(share >= 0 && share <= 1))
      throw new CommandError(7750303, "The $percentile 'p' field must be an array of numbers from [0.0, 1.0]")
    return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? null
  })
}
