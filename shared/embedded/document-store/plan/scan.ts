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

/** The candidates of a plan, each document once. */
export function* scan(
  collection: Collection,
  plan: Plan,
  count: ScanCount = { keys: 0, documents: 0 },
): Generator<Row> {
  switch (plan.type) {
    case 'collection':
      return yield* scanCollection(collection, plan.backwards, count)
    case 'index':
      return yield* plan.index.multikey ? once(scanIndex(collection, plan, count)) : scanIndex(collection, plan, count)
    case 'union':
      return yield* once(scanAll(collection, plan.plans, count))
    default:
      plan satisfies never
  }
}

function* scanCollection(collection: Collection, backwards: boolean, count: ScanCount): Generator<Row> {
  let limit = FIRST_BATCH
  let after: number | undefined
  for (;;) {
    const rows = readRows(collection, { after, backwards, limit })
    for (const row of rows) {
      count.documents++
      yield row
    }
    if (rows.length < limit) return
    after = rows.at(-1)?.id
    limit = Math.min(limit * 2, LARGEST_BATCH)
  }
}

function* scanIndex(collection: Collection, plan: IndexPlan, count: ScanCount): Generator<Row> {
  const segments = plan.backwards ? plan.segments.toReversed() : plan.segments
  for (const { from, to } of segments) {
    let limit = FIRST_BATCH
    let after: { key: Uint8Array; row: number } | undefined
    for (;;) {
      const entries = readEntries(collection, plan.index, { from, to, after, backwards: plan.backwards, limit })
      for (const entry of entries) {
        count.keys++
        count.documents++
        yield entry
      }
      const last = entries.at(-1)
      if (entries.length < limit || !last) break
      after = { key: last.key, row: last.id }
      limit = Math.min(limit * 2, LARGEST_BATCH)
    }
  }
}

function* scanAll(collection: Collection, plans: IndexPlan[], count: ScanCount): Generator<Row> {
  for (const plan of plans) yield* scanIndex(collection, plan, count)
}

function* once(rows: Iterable<Row>): Generator<Row> {
  const seen = new Set<number>()
  for (const row of rows) {
    if (seen.has(row.id)) continue
    seen.add(row.id)
    yield row
  }
}
