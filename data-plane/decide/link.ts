import type { RoutingDecision } from '../../shared/llm/routing-decision.ts'
import type { Rejection } from './reject-candidate.ts'
import type { Row } from './routing-table.ts'

/** One place in the chain of what may serve a call: a model the caller named, or what the router chose. */
export interface Link {
  /** In the order they are tried; empty when none can serve. */
  readonly rows: readonly Row[]
  /** Why the first one comes first. Only where there is one, and before the next request is looked at. */
  decide(): RoutingDecision
  /** Those that cannot serve; before the next request is looked at. */
  rejected(): readonly Rejected[]
}

export interface Rejected {
  readonly row: Row
  readonly rejection: Rejection
}
