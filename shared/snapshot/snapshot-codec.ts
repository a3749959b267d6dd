import { createHash } from 'node:crypto'
import type { z } from 'zod'

export interface EncodedSnapshot {
  /** The hash of the bytes; two equal snapshots have one name. */
  readonly revision: string
  readonly bytes: string
}

/** Writes a snapshot as canonical JSON: keys sorted, no white space, so that equal content has equal bytes. */
export function encodeSnapshot(snapshot: object): EncodedSnapshot {
  const bytes = JSON.stringify(snapshot, sortKeys)
  return { revision: revisionOf(bytes), bytes }
}

/**
 * Reads a snapshot whole or not at all.
 *
 * @param revision the name it was fetched by, checked against the bytes
 * @throws Error when the bytes are not those of the revision, or not of the schema
 */
export function decodeSnapshot<Schema extends z.ZodType>(
  schema: Schema,
  bytes: string,
  revision: string,
): z.infer<Schema> {
  if (revisionOf(bytes) !== revision) throw new Error(`the bytes of snapshot ${revision} do not match its name`)
  return schema.parse(JSON.parse(bytes))
}

export function revisionOf(bytes: string): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32)
}

function sortKeys(_name: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)))
}
