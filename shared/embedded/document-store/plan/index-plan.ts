import type { IndexField } from '../indexes/index-definition.ts'
import type { OpenIndex } from '../indexes/open-index.ts'
import type { FieldPredicate } from '../query/filter-types.ts'
import type { Filter } from '../query/filter-types.ts'
import type { SortField } from '../query/sort.ts'
import { sameCollation } from '../values/collation.ts'
import { implies, impliesPresence } from './implication.ts'
import { EVERYTHING, intersect, type Interval, mirror, segmentsOf } from './intervals.ts'
import type { IndexPlan, PlanRequest } from './plan.ts'
import { predicateIntervals } from './predicate-intervals.ts'

/** More stretches than this cost more to visit than the next field saves. */
const MAX_SEGMENTS = 10_000

interface FieldBounds {
  intervals: Interval[]
  used: FieldPredicate[]
  exact: boolean
}

/** The plan an index gives for a request, or undefined when it would miss documents or help with nothing. */
export function indexPlan(index: OpenIndex, request: PlanRequest, hinted: boolean): IndexPlan | undefined {
  const predicates = conjunction(request.filter)
  // A hint is taken even where the index does not hold every document, as the real server takes it for a sparse index.
  if (!holdsAllMatches(index, request.filter, predicates) && !(hinted && index.definition.sparse)) return undefined
  const fields = boundedFields(index, predicates, request)
  const bounds = fields.map(({ intervals }, at) =>
    index.definition.fields[at]?.descending ? mirror(intervals) : intervals,
  )
  const order = sortDirection(index, fields, request)
  const used = new Set(fields.flatMap((field) => field.used))
  return {
    type: 'index',
    index,
    segments: segmentsOf(bounds),
    bounds,
    backwards: order === 'backwards',
    sorted: order !== undefined,
    exact: fields.every((field) => field.exact) && isCovered(request.filter, used),
  }
}

/** The field predicates every match must meet. */
function conjunction(filter: Filter): FieldPredicate[] {
  if (filter.type === 'field') return [filter.predicate]
  return filter.type === 'all' ? filter.filters.flatMap(conjunction) : []
}

function isCovered(filter: Filter, used: Set<FieldPredicate>): boolean {
  if (filter.type === 'field') return used.has(filter.predicate)
  return filter.type === 'all' && filter.filters.every((one) => isCovered(one, used))
}

function holdsAllMatches(index: OpenIndex, filter: Filter, predicates: FieldPredicate[]): boolean {
  if (index.partial && !implies(filter, index.partial)) return false
  if (!index.definition.sparse) return true
  return index.definition.fields.some(({ path }) => predicates.some((one) => one.path === path && impliesPresence(one)))
}

/** Bounds for the leading fields: single values as long as there are any, then one field of ranges. */
function boundedFields(index: OpenIndex, predicates: FieldPredicate[], request: PlanRequest): FieldBounds[] {
  const fields: FieldBounds[] = []
  const roots = new Set<string>()
  let segments = 1
  for (const field of index.definition.fields) {
    const root = field.path.split('.')[0] ?? ''
    // Two fields of one array may be met by different elements, which no one entry holds.
    const apart = index.multikey && roots.has(root)
    const bounds = apart ? undefined : fieldBounds(index, field, { predicates, request })
    if (!bounds || segments * bounds.intervals.length > MAX_SEGMENTS) break
    fields.push(bounds)
    roots.add(root)
    segments *= bounds.intervals.length
    if (!bounds.intervals.every((interval) => interval.point)) break
  }
  return fields.length > 0 ? fields : [{ intervals: [EVERYTHING], used: [], exact: true }]
}

function fieldBounds(
  index: OpenIndex,
  field: IndexField,
  { predicates, request }: { predicates: FieldPredicate[]; request: PlanRequest },
): FieldBounds | undefined {
  let bounds: FieldBounds | undefined
  for (const predicate of predicates) {
    if (predicate.path !== field.path) continue
    const found = predicateIntervals(predicate, { index: index.collation, query: request.collation })
    if (!found) continue
    if (!bounds) {
      bounds = { intervals: found.intervals, used: [predicate], exact: found.exact }
      continue
    }
    // Two bounds on an array may be met by different elements, so only one of them may be used.
    if (index.multikey) continue
    bounds = {
      intervals: intersect(bounds.intervals, found.intervals),
      used: [...bounds.used, predicate],
      exact: bounds.exact && found.exact,
    }
  }
  return bounds
}

/** Whether reading the index forwards or backwards gives the order asked for; undefined when neither does. */
function sortDirection(
  index: OpenIndex,
  fields: FieldBounds[],
  request: PlanRequest,
): 'forwards' | 'backwards' | undefined {
  const { sort, collation } = request
  if (sort.length === 0) return 'forwards'
  // Folded strings are equal where they should be, but not in the collation's order; an array has many places in an index.
  if (index.multikey || index.collation || !sameCollation(index.collation, collation)) return undefined
  const fixed = new Set(index.definition.fields.filter((_, at) => isPoint(fields[at])).map((field) => field.path))
  const wanted = sort.filter((field) => !fixed.has(field.path))
  const offered = index.definition.fields.filter((field) => !fixed.has(field.path))
  if (wanted.length > offered.length) return undefined
  if (fixed.size > 0 && !leadsWithFixed(index, fixed)) return undefined
  return direction(wanted, offered)
}

function isPoint(field: FieldBounds | undefined): boolean {
  return field?.intervals.length === 1 && field.intervals[0]?.point === true
}

/** Fields after a range are in order only within each value of the range. */
function leadsWithFixed(index: OpenIndex, fixed: Set<string>): boolean {
  return index.definition.fields.slice(0, fixed.size).every((field) => fixed.has(field.path))
}

function direction(wanted: SortField[], offered: IndexField[]): 'forwards' | 'backwards' | undefined {
  const along = wanted.map((field, at) => {
    const other = offered[at]
    return other?.path === field.path ? other.descending === field.descending : undefined
  })
  if (along.every((same) => same === true)) return 'forwards'
  return along.every((same) => same === false) ? 'backwards' : undefined
}
