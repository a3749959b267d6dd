/**
 * How long prompts and answers are kept. Long enough to look into a complaint, or into the last month's bill; short enough
 * that a database which gets into wrong hands does not hold years of what people wrote.
 */
export const DEFAULT_CONTENT_RETENTION_DAYS = 30

/** Ten years. Who wants to keep content for longer says null: as long as the record of the call. */
export const LONGEST_CONTENT_RETENTION_DAYS = 3_650

/** @param stored as it was ever said; undefined: it never was. Null: as long as the record. */
export function completeContentRetention(stored: number | null | undefined): number | null {
  return stored === undefined ? DEFAULT_CONTENT_RETENTION_DAYS : stored
}
