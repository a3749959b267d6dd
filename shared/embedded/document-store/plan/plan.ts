import type { OpenIndex } from '../indexes/open-index.ts'
import type { Filter } from '../query/filter-types.ts'
import type { SortField } from '../query/sort.ts'
import type { Value } from '../values/bson-values.ts'
import type { Collation } from '../values/collation.ts'
import type { Interval, Segment } from './intervals.ts'

/** What a query asks of its plan. */
export interface PlanRequest {
  filter: Filter
  sort: SortField[]
  hint: Value
  limit: number
  collation: Collation | undefined
}

/** How the candidates of a query are read. */
export type Plan = CollectionPlan | IndexPlan | UnionPlan

export interface CollectionPlan {
  type: 'collection'
  backwards: boolean
}

export interface IndexPlan {
  type: 'index'
  index: OpenIndex
  segments: Segment[]
  /** The intervals of each field, in the field's own direction, for `explain`. */
  bounds: Interval[][]
  backwards: boolean
  /** Whether the candidates come in the order asked for. */
  sorted: boolean
  /** Whether every candidate is a match, so that no document need be tested. */
  exact: boolean
}

/** The branches of an `$or`, each with its own index. */
export interface UnionPlan {
  type: 'union'
  plans: IndexPlan[]
}
