/**
 * Where an entry stands in the ledger: the time and then the id, as text whose order is the order of time. So a range of
 * time is a range of positions, a month is a prefix, and no two entries share one.
 *
 * @param at ms since 1970, to the year 9999
 */
export function positionOf(at: number, id: string): string {
  return `${new Date(at).toISOString()} ${id}`
}

/** Before every entry of that time and after, and after every earlier one. */
export function positionFrom(at: number): string {
  return new Date(at).toISOString()
}
