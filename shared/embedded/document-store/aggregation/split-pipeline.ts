import type { QueryContext } from '../query/filter-types.ts'
import { queryRequest } from '../query/query-request.ts'
import type { QueryRequest } from '../query/run-query.ts'
import { parseSort, type SortField } from '../query/sort.ts'
import { type Fields, isFields, isNumeric, toNumber, type Value } from '../values/bson-values.ts'

/** The part of a pipeline that a query answers, and the stages that remain. */
export interface SplitPipeline {
  request: QueryRequest
  rest: Fields[]
}

/** Takes the leading `$match`, `$sort`, `$skip` and `$limit` off a pipeline, as far as one query can do them. */
export function splitPipeline(stages: Fields[], context: QueryContext, hint: Value): SplitPipeline {
  const taken = { match: [] as Value[], sort: [] as SortField[], skip: 0, limit: 0 }
  let at = 0
  for (; at < stages.length; at++) if (!take(stages[at] ?? {}, taken)) break
  const [only = {}, ...others] = taken.match
  const filter = others.length === 0 ? only : { $and: taken.match }
  const request = queryRequest({ filter, hint, skip: taken.skip, limit: taken.limit }, context)
  return { request: { ...request, sort: taken.sort }, rest: stages.slice(at) }
}

interface Taken {
  match: Value[]
  sort: SortField[]
  skip: number
  limit: number
}

function take(stage: Fields, taken: Taken): boolean {
  const cut = taken.skip > 0 || taken.limit > 0
  if (Object.hasOwn(stage, '$match')) {
    if (cut || taken.sort.length > 0 || !isFields(stage['$match'])) return false
    taken.match.push(stage['$match'])
    return true
  }
  if (Object.hasOwn(stage, '$sort')) {
    if (cut || taken.sort.length > 0) return false
    taken.sort = parseSort(stage['$sort'])
    return taken.sort.length > 0
  }
  const amount = stage['$skip'] ?? stage['$limit']
  if (!isNumeric(amount) || !(toNumber(amount) >= 0)) return false
  if (Object.hasOwn(stage, '$skip')) {
    if (cut) return false
    taken.skip = toNumber(amount)
    return true
  }
  if (taken.limit > 0 || toNumber(amount) === 0) return false
  taken.limit = toNumber(amount)
  return true
}
