import type { Ability } from '../../shared/llm/request-abilities.ts'
import type { RoutingRequest } from '../../shared/llm/routing-request.ts'
import { servicePresets } from '../../shared/llm/routing-services.ts'
import type { Objective, ProviderSort, Service } from '../../shared/llm/routing-vocabulary.ts'
import type { SnapshotSettings } from '../../shared/snapshot/snapshot-schema.ts'

/** What a workspace says for requests that do not say it themselves; a snapshot of before has none of it. */
export interface RoutingDefaults {
  readonly defaultObjective?: Objective | null
  readonly defaultService?: Service | null
}

/** What "best" means for one request. */
export interface RoutingPolicy {
  readonly objective: Objective
  readonly requires: readonly Ability[]
  readonly spreads: boolean
  /** In what order a model's providers are tried; null: balanced. */
  readonly sort: ProviderSort | null
}

/**
 * The most particular word holds: `route.objective` (or that of `routing`) over the request's `service`, the request
 * over the workspace, the workspace's objective over its service. A service's other traits stay where only its
 * objective is overridden.
 */
export function resolvePolicy(routing: RoutingRequest, settings: SnapshotSettings & RoutingDefaults): RoutingPolicy {
  const service = servicePresets[routing.service ?? settings.defaultService ?? 'standard']
  const inherited = routing.service === null ? (settings.defaultObjective ?? service.objective) : service.objective
  const objective = routing.objective ?? inherited
  return {
    objective,
    requires: service.requires,
    spreads: service.spreads,
    sort: routing.provider.sort ?? SORT_OF[objective],
  }
}

/** Who asks for the cheapest or the fastest model means its cheapest or fastest provider as well. */
const SORT_OF: Readonly<Record<Objective, ProviderSort | null>> = {
  'quality-per-dollar': null,
  'lowest-cost': 'price',
  'lowest-latency': 'latency',
  'highest-quality': null,
}
