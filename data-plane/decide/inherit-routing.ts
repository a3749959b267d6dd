import type { RoutingDefaults } from '../../shared/llm/routing-defaults.ts'
import type {
  AskedPreferences,
  NamedModel,
  ProviderPreferences,
  RoutingRequest,
} from '../../shared/llm/routing-request.ts'

/** What holds for a request once its workspace had its say: nothing is left open. */
export interface Routing extends RoutingRequest {
  readonly fallbacks: readonly NamedModel[]
  readonly provider: ProviderPreferences
}

/** Where a model is named that the request did not name. */
export const WORKSPACE_FALLBACKS = "the workspace's fallbacks"

/**
 * The workspace's defaults below, the request above: what a request says of a field holds for that field, an empty list
 * included. The data policy is the exception: a request may tighten it, never loosen it, whatever it says. Objective and
 * service are `resolvePolicy`'s.
 *
 * @param isCallable whether this request may be served by the model of that name. A request is not refused for a
 *   fallback it did not name: one that is unknown, of another kind, or not allowed to its key is left out
 */
export function inheritRouting(
  asked: RoutingRequest,
  defaults: RoutingDefaults,
  isCallable: (name: string) => boolean,
): Routing {
  return {
    ...asked,
    fallbacks: asked.fallbacks ?? inheritFallbacks(defaults.fallbacks, isCallable),
    provider: inheritProvider(asked.provider, defaults.provider),
  }
}

function inheritFallbacks(names: readonly string[], isCallable: (name: string) => boolean): readonly NamedModel[] {
  return names.filter((name) => isCallable(name)).map((name) => ({ name, field: WORKSPACE_FALLBACKS }))
}

function inheritProvider(asked: AskedPreferences, defaults: RoutingDefaults['provider']): ProviderPreferences {
  const only = asked.only ?? defaults.only
  return {
    order: asked.order,
    only: only !== null && only.length > 0 ? only : null,
    ignore: asked.ignore ?? defaults.ignore,
    sort: asked.sort,
    allowFallbacks: asked.allowFallbacks,
    denyDataCollection: asked.denyDataCollection || defaults.denyDataCollection,
    zeroRetention: asked.zeroRetention || defaults.zeroRetention,
    maxInputRate: asked.maxInputRate ?? defaults.maxInputRate,
    maxOutputRate: asked.maxOutputRate ?? defaults.maxOutputRate,
  }
}
