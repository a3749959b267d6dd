import type { Ability } from '../../shared/llm/request-abilities.ts'
import type { RoutingDefaults } from '../../shared/llm/routing-defaults.ts'
import type { RoutingRequest } from '../../shared/llm/routing-request.ts'
import { servicePresets } from '../../shared/llm/routing-services.ts'
import type { Objective, ProviderSort } from '../../shared/llm/routing-vocabulary.ts'

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
 * objective is overridden. With `sort` it is the same: the request's own, what its objective comes to, the workspace's.
 */
export function resolvePolicy(asked: RoutingRequest, defaults: RoutingDefaults): RoutingPolicy {
  const service = servicePresets[asked.service ?? defaults.service ?? 'standard']
  const inherited = asked.service === null ? (defaults.objective ?? service.objective) : service.objective
  const objective = asked.objective ?? inherited
  const saysObjective = asked.objective !== null || asked.service !== null
  const ownSort = asked.provider.sort ?? (saysObjective ? SORT_OF[objective] : null)
  return {
    objective,
    requires: service.requires,
    spreads: service.spreads,
    sort: ownSort ?? defaults.provider.sort ?? SORT_OF[objective],
  }
}

/** Who asks for the cheapest or the fastest model means its cheapest or fastest provider as well. */
const SORT_OF: Readonly<Record<Objective, ProviderSort | null>> = {
  'quality-per-dollar': null,
  'lowest-cost': 'price',
  'lowest-latency': 'latency',
  'highest-quality': null,
}
