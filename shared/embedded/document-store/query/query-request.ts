import { CommandError } from '../errors.ts'
import { isFields, type Value } from '../values/bson-values.ts'
import { compileFilter } from './filter.ts'
import type { QueryContext } from './filter-types.ts'
import type { QueryRequest } from './run-query.ts'
import { parseSort } from './sort.ts'

/** What a read or a write says it looks for, as it came in a command. */
export interface Wanted {
  filter: Value
  sort?: Value
  hint?: Value
  skip?: number
  limit?: number
}

/** Compiles what a command looks for. */
export function queryRequest(
  { filter, sort, hint, skip = 0, limit = 0 }: Wanted,
  context: QueryContext = {},
): QueryRequest {
  if (filter !== undefined && filter !== null && !isFields(filter)) {
    throw new CommandError(14, 'the match filter must be an expression in an object')
  }
  return {
    filter: compileFilter(filter ?? {}, context),
    sort: parseSort(sort),
    hint,
    skip,
    limit,
    collation: context.collation,
  }
}
