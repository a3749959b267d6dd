import { isNumeric, toNumber, type Value } from '../../values/bson-values.ts'

/** What counts as true to an expression: everything but false, null, missing and zero. */
export function isTruthy(value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (value === null || value === undefined) return false
  return !isNumeric(value) || toNumber(value) !== 0
}
