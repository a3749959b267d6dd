/*
 * Reads the candidates of a plan in small batches, each a query of its own that resumes after the last entry seen. So a
 * cursor holds no open statement, survives any write between two batches, and may be abandoned at any point.
 */
import { readRows } from '../storage/collection.ts'
import type { Collection, Row } from '../storage/collection-record.ts'
import { readEntries } from '../storage/index-table.ts'
import type { IndexPlan, Plan } from './plan.ts'

const FIRST_BATCH = 16
const LARGEST_BATCH = 256

/** What a scan has touched, for `explain`. */
export interface ScanCount {
  keys: number
  documents: number
}

export interface ScanOptions {
  count?: ScanCount | undefined
  /** Whether the row numbers alone are wanted; an index then reads no document. */
  keysOnly?: boolean
}

/** The candidates of a plan, each document once. */
export function* scan(collection: Collection, plan: Plan, options: ScanOptions = {}): Generator<Row> {
  switch (plan.type) {
    case 'collection':
      return yield* scanCollection(collection, plan.backwards, options)
    case 'index':
      return yield* plan.index.multikey
        ? once(scanIndex(collection, plan, options))
        : scanIndex(collection, plan, options)
    case 'union':
      return yield* once(scanAll(collection, plan.plans, options))
    default:
      plan satisfies never
  }
}

function* scanCollection(collection: Collection, backwards: boolean, { count }: ScanOptions): Generator<Row> {
  let limit = FIRST_BATCH
  let after: number | undefined
  for (;;) {
    const rows = readRows(collection, { after, backwards, limit })
    for (const row of rows) {
      if (count) count.documents++
      yield row
    }
    if (rows.length < limit) return
    after = rows.at(-1)?.id
    limit = Math.min(limit * 2, LARGEST_BATCH)
  }
}

function* scanIndex(collection: Collection, plan: IndexPlan, { count, keysOnly = false }: ScanOptions): Generator<Row> {
  const segments = plan.backwards ? plan.segments.toReversed() : plan.segments
  for (const { from, to } of segments) {
    let limit = FIRST_BATCH
    let after: { key: Uint8Array; row: number } | undefined
    for (;;) {
      const entries = readEntries(collection, plan.index, {
        from,
        to,
        after,
        backwards: plan.backwards,
        limit,
        keysOnly,
      })
      for (const entry of entries) {
        tally(count, keysOnly)
        yield entry
      }
      const last = entries.at(-1)
      if (entries.length < limit || !last) break
      after = { key: last.key, row: last.id }
      limit = Math.min(limit * 2, LARGEST_BATCH)
    }
  }
}

function tally(count: ScanCount | undefined, keysOnly: boolean): void {
  if (!count) return
  count.keys++
  if (!keysOnly) count.documents++
}

function* scanAll(collection: Collection, plans: IndexPlan[], options: ScanOptions): Generator<Row> {
  for (const plan of plans) yield* scanIndex(collection, plan, options)
}

function* once(rows: Iterable<Row>): Generator<Row> {
  const seen = new Set<number>()
  for (const row of rows) {
    if (seen.has(row.id)) continue
    seen.add(row.id)
    yield row
  }
}
