import { decode } from '../values/bson-values.ts'
import { readRows } from './collection.ts'
import type { Collection } from './collection-record.ts'
import { countEntriesUpTo, hasEntry } from './index-table.ts'

const BATCH = 500
const WHOLE_INDEX = { segments: [{ from: Buffer.of(0), to: Buffer.of(0xff) }], limit: Number.MAX_SAFE_INTEGER }

/** What is wrong with a collection: documents that do not decode, and indexes that lack an entry or have one too many. */
export function checkCollection(collection: Collection): string[] {
  const errors: string[] = []
  const expected = new Map<string, number>()
  let after: number | undefined
  for (;;) {
    const rows = readRows(collection, { after, backwards: false, limit: BATCH })
    for (const { id, bytes } of rows) errors.push(...checkRow(collection, { id, bytes }, expected))
    if (rows.length < BATCH) break
    after = rows.at(-1)?.id
  }
  for (const index of collection.indexes) {
    const entries = countEntriesUpTo(collection, index, WHOLE_INDEX)
    const wanted = expected.get(index.table) ?? 0
    if (entries !== wanted) errors.push(`index ${index.definition.name} has ${entries} entries, not ${wanted}`)
  }
  return errors
}

function checkRow(
  collection: Collection,
  { id, bytes }: { id: number; bytes: Uint8Array },
  expected: Map<string, number>,
): string[] {
  try {
    const document = decode(bytes)
    return collection.indexes.flatMap((index) => {
      const { keys } = index.keysOf(document)
      expected.set(index.table, (expected.get(index.table) ?? 0) + keys.length)
      const missing = keys.filter((key) => !hasEntry(collection, index, { key, row: id }))
      return missing.map(() => `index ${index.definition.name} lacks an entry of row ${id}`)
    })
  } catch (error) {
    return [`row ${id}: ${String(error)}`]
  }
}
