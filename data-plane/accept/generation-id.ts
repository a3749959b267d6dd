/** A ULID, with the prefix of any of the APIs that may have given it, or with none. */
const GENERATION_ID = /^(?:[a-z]{1,16}[-_])?([0-7][0-9A-HJKMNP-TV-Z]{25})$/

/** The bare id of a call. Null: no call can have this id. */
export function readGenerationId(id: string): string | null {
  return GENERATION_ID.exec(id)?.[1] ?? null
}
