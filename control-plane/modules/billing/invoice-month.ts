import { invalidInput } from '../../api/api.errors.ts'
import { positionFrom } from './entry-position.ts'

/** A month in UTC, from its first millisecond to before that of the next. */
export interface InvoiceMonth {
  /** `2026-11`. */
  readonly month: string
  readonly from: number
  readonly to: number
}

/**
 * @param month `2026-11`
 * @throws invalid_input for what is no month, before 1970, or has not begun
 */
export function readMonth(month: string, now: number): InvoiceMonth {
  const param = { param: 'month' }
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? []
  if (year === undefined || number === undefined || Number(year) < 1970) {
    throw invalidInput({ field: 'month', fault: 'must be a month such as 2026-11' }, param)
  }
  if (month > monthOf(now)) throw invalidInput({ field: 'month', fault: 'has not begun' }, param)
  return boundsOf(month)
}

/** @param month a valid one */
export function boundsOf(month: string): InvoiceMonth {
  const [year, number] = [Number(month.slice(0, 4)), Number(month.slice(5))]
  return { month, from: Date.UTC(year, number - 1), to: Date.UTC(year, number) }
}

/** @param at ms since 1970 */
export function monthOf(at: number): string {
  return positionFrom(at).slice(0, 'yyyy-mm'.length)
}
