/*
 * Runs a compiled query: candidates from the plan, the filter where the plan does not already say all, then order, skip and
 * limit. A sort that no index serves keeps only sort keys and row numbers in memory, and reads the documents again.
 */
import { choosePlan } from '../plan/choose-plan.ts'
import type { Plan, PlanRequest } from '../plan/plan.ts'
import { scan, type ScanCount } from '../plan/scan.ts'
import { readDocument } from '../storage/collection.ts'
import type { Collection, Row } from '../storage/collection-record.ts'
import { decode, type Fields, type Value } from '../values/bson-values.ts'
import { compareStrings } from '../values/compare.ts'
import type { MatchDetails } from './paths.ts'
import { compareSortKeys, type SortField, sortKey } from './sort.ts'

export interface QueryRequest extends PlanRequest {
  skip: number
}

/** A document that matched. `document` is decoded only where someone had to look inside. */
export interface Match extends Row {
  document?: Fields
  matchedIndex?: number | undefined
}

interface Ranked {
  key: Value[]
  id: number
}

/** Sorting with a limit keeps this many times the limit before it throws the rest away. */
const SLACK = 4

/** The matches of a query in order; 0 as limit means all. */
export function* runQuery(collection: Collection, request: QueryRequest, run: QueryRun = {}): Generator<Match> {
  const plan = run.plan ?? choosePlan(collection, request)
  const { sort, skip, limit } = request
  const sorted = sort.length === 0 || (plan.type === 'index' && plan.sorted) || sort[0]?.path === '$natural'
  const found = filtered(collection, { plan, request, count: run.count, keysOnly: run.keysOnly === true && sorted })
  const ordered = sorted ? found : inMemoryOrder(collection, found, request)
  let position = 0
  for (const match of ordered) {
    position++
    if (position <= skip) continue
    yield match
    if (limit > 0 && position >= skip + limit) return
  }
}

/** A plan chosen before, and where to count what it reads. */
export interface QueryRun {
  plan?: Plan
  count?: ScanCount | undefined
  /** Whether the caller looks at no document: an index that says it all is then read alone. */
  keysOnly?: boolean
}

/** The document of a match, decoded once. */
export function documentOf(match: Match): Fields {
  match.document ??= decode(match.bytes)
  return match.document
}

interface FilteredScan {
  plan: Plan
  request: QueryRequest
  count: ScanCount | undefined
  keysOnly: boolean
}

function* filtered(collection: Collection, { plan, request, count, keysOnly }: FilteredScan): Generator<Match> {
  const exact = plan.type === 'index' && plan.exact
  const all = request.filter.type === 'all' && request.filter.filters.length === 0
  for (const row of scan(collection, plan, { count, keysOnly: keysOnly && exact })) {
    if (exact || all) {
      yield row
      continue
    }
    const document = decode(row.bytes)
    const details: MatchDetails = {}
    if (request.filter.test(document, details))
      yield { id: row.id, bytes: row.bytes, document, matchedIndex: details.index }
  }
}

function* inMemoryOrder(collection: Collection, found: Iterable<Match>, request: QueryRequest): Generator<Match> {
  const { sort, filter } = request
  for (const { id } of rank(found, request)) {
    const bytes = readDocument(collection, id)
    // Removed since the sort: a cursor's later batches show what is there by then.
    if (!bytes) continue
    const match: Match = { id, bytes }
    const details: MatchDetails = {}
    if (sort.length > 0 && filter.test(documentOf(match), details)) yield { ...match, matchedIndex: details.index }
  }
}

function rank(found: Iterable<Match>, { sort, skip, limit, collation }: QueryRequest): Ranked[] {
  const strings = collation?.compare ?? compareStrings
  const compare = compareRanked(sort, strings)
  const keep = limit > 0 ? skip + limit : Number.POSITIVE_INFINITY
  let ranked: Ranked[] = []
  for (const match of found) {
    ranked.push({ key: sortKey(documentOf(match), sort, strings), id: match.id })
    if (ranked.length > keep * SLACK + 1000) ranked = ranked.toSorted(compare).slice(0, keep)
  }
  return ranked.toSorted(compare)
}

function compareRanked(sort: SortField[], strings: typeof compareStrings): (left: Ranked, right: Ranked) => number {
  const compare = compareSortKeys(sort, strings)
  return (left, right) => compare(left.key, right.key)
}
