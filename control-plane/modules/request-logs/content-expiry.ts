const DAY_MS = 86_400_000

/**
 * When a call's content is no longer kept.
 *
 * @param at when the call began, ms
 * @param days how long its workspace keeps content; null: as long as the record
 * @returns null: never
 */
export function contentExpiry(at: number, days: number | null): Date | null {
  return days === null ? null : new Date(at + days * DAY_MS)
}

/** Whether content of a call may be shown: MongoDB removes what is past within a minute or so, and not at once. */
export function isContentKept(at: number, days: number | null, now: number): boolean {
  const expiry = contentExpiry(at, days)
  return expiry === null || expiry.getTime() > now
}

/** The same as an update of what is kept, for many calls at once. */
export function contentExpiryUpdate(days: number): object[] {
  return [{ $set: { keptDays: days, expiresAt: { $add: [new Date(0), '$at', days * DAY_MS] } } }]
}
