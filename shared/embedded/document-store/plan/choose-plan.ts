/*
 * Chooses how a query reads its candidates. Every index that can serve the filter or the sort is a candidate; the one with the
 * fewest entries in its bounds wins, counted in the index itself up to a limit. A hint overrules all of it.
 */
import { CommandError } from '../errors.ts'
import type { OpenIndex } from '../indexes/open-index.ts'
import type { Filter } from '../query/filter-types.ts'
import type { Collection } from '../storage/collection-record.ts'
import { countEntriesUpTo } from '../storage/index-table.ts'
import { isFields, toNumber, type Value } from '../values/bson-values.ts'
import { equalValues } from '../values/compare.ts'
import { indexPlan } from './index-plan.ts'
import type { IndexPlan, Plan, PlanRequest } from './plan.ts'

/** Beyond this many entries one index is as good as another. */
const COUNT_LIMIT = 500

/** The plan for a query on a collection. */
export function choosePlan(collection: Collection, request: PlanRequest): Plan {
  const natural = naturalOrder(request)
  if (natural) return natural
  if (request.hint !== undefined && request.hint !== null) return hintedPlan(collection, request)
  const plans = collection.indexes
    .filter((index) => !index.definition.hidden)
    .flatMap((index) => indexPlan(index, request, false) ?? [])
  const bounded = plans.filter(isBounded)
  if (bounded.length > 0) return cheapest(collection, bounded, request)
  const union = unionPlan(collection, request)
  if (union) return union
  const ordered = request.sort.length > 0 ? plans.find((plan) => plan.sorted) : undefined
  return ordered ?? { type: 'collection', backwards: false }
}

/** Whether a plan is narrower than its whole index. */
function isBounded(plan: IndexPlan): boolean {
  return plan.bounds.some(
    (intervals) => intervals.length !== 1 || intervals[0]?.from.key[0] !== 0 || intervals[0].to.key[0] !== 0xff,
  )
}

function naturalOrder({ sort, hint }: PlanRequest): Plan | undefined {
  const [first] = sort
  if (first?.path === '$natural') return { type: 'collection', backwards: first.descending }
  if (isFields(hint) && Object.hasOwn(hint, '$natural'))
    return { type: 'collection', backwards: toNumber(hint['$natural']) < 0 }
  return undefined
}

/** The index a hint names, by its name or its key. */
function hintedIndex(collection: Collection, hint: Value): OpenIndex {
  const found = collection.indexes.find(({ definition }) =>
    typeof hint === 'string' ? definition.name === hint : equalValues(definition.key, hint),
  )
  if (found) return found
  throw new CommandError(
    2,
    'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
  )
}

function hintedPlan(collection: Collection, request: PlanRequest): Plan {
  if (typeof request.hint !== 'string' && !isFields(request.hint))
    throw new CommandError(9, 'Hint must be a string or an object')
  if (isFields(request.hint) && Object.keys(request.hint).length === 0) {
    return choosePlan(collection, { ...request, hint: undefined })
  }
  return indexPlan(hintedIndex(collection, request.hint), request, true) ?? { type: 'collection', backwards: false }
}

function cheapest(collection: Collection, plans: IndexPlan[], request: PlanRequest): IndexPlan {
  const [only] = plans
  if (only && (plans.length === 1 || isOneRow(only))) return only
  const costed = plans.map((plan) => ({ plan, cost: cost(collection, plan, request) }))
  return costed.reduce((best, one) => (one.cost < best.cost ? one : best)).plan
}

/** A unique index asked for one value of each field. */
function isOneRow({ index, bounds }: IndexPlan): boolean {
  return (
    index.definition.unique &&
    bounds.length === index.definition.fields.length &&
    bounds.every((intervals) => intervals.length === 1 && intervals[0]?.point === true)
  )
}

function cost(collection: Collection, plan: IndexPlan, { sort, limit }: PlanRequest): number {
  const found = countEntriesUpTo(collection, plan.index, { segments: plan.segments, limit: COUNT_LIMIT })
  const read = plan.sorted && limit > 0 ? Math.min(found, limit) : found
  const sorting = sort.length > 0 && !plan.sorted ? found : 0
  // A narrower bound decides between indexes that look alike.
  return read + sorting + 1 / (1 + plan.bounds.length)
}

/** An `$or` is served by indexes when each of its branches is; it cannot come in order. */
function unionPlan(collection: Collection, request: PlanRequest): Plan | undefined {
  const either = findUnion(request.filter)
  if (!either) return undefined
  const plans: IndexPlan[] = []
  for (const filter of either) {
    const branch = choosePlan(collection, { ...request, filter, sort: [], hint: undefined })
    if (branch.type !== 'index' || !isBounded(branch)) return undefined
    plans.push({ ...branch, exact: false })
  }
  return { type: 'union', plans }
}

function findUnion(filter: Filter): Filter[] | undefined {
  const parts = filter.type === 'all' ? filter.filters : [filter]
  for (const part of parts) if (part.type === 'any' && part.filters.length > 0) return part.filters
  return undefined
}
