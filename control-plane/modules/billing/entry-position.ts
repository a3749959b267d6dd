/** The last millisecond that has a year of four digits: after it the order of text is not that of time. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * Where an entry stands in the ledger: the time and then the id, as text whose order is the order of time. So a range of
 * time is a range of positions, a month is a prefix, and no two entries share one.
 *
 * @param at ms since 1970
 */
export function positionOf(at: number, id: string): string {
  return `${positionFrom(at)} ${id}`
}

/**
 * Before every entry of that time, after every earlier one.
 *
 * @param at ms since 1970
 */
export function positionFrom(at: number): string {
  return new Date(Math.min(Math.max(at, 0), LATEST)).toISOString()
}
