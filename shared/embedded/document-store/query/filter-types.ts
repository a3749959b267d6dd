import type { ExpressionContext } from '../aggregation/expression.ts'
import type { Fields, Value } from '../values/bson-values.ts'
import type { Collation } from '../values/collation.ts'
import type { MatchDetails } from './paths.ts'

/** A compiled query, or a part of one. */
export type Filter =
  | { type: 'all'; filters: Filter[]; test: DocumentTest }
  | { type: 'any'; filters: Filter[]; test: DocumentTest }
  | { type: 'none'; filters: Filter[]; test: DocumentTest }
  | { type: 'field'; predicate: FieldPredicate; test: DocumentTest }
  | { type: 'expression'; test: DocumentTest }

export type DocumentTest = (document: Fields, details?: MatchDetails) => boolean

/** What a query needs to know beside itself. */
export interface QueryContext extends ExpressionContext {
  collation?: Collation | undefined
}

/** One operator on one field. `negated` predicates hold where no value meets the operator. */
export interface FieldPredicate {
  path: string
  operator: string
  operand: Value
  negated: boolean
  test: (document: Fields, details?: MatchDetails) => boolean
}
