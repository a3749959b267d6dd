import type { FastifyInstance } from 'fastify'
import { GATEWAY_NAMES } from '../../shared/llm/gateway-names.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'
import { summarizeHealth, type HealthReader } from '../endpoint-health.ts'
import { modelNotFound } from '../errors.ts'
import type { ServeLookup } from '../serve-lookup.ts'
import type { KeyOwner } from '../snapshot/snapshot-store.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'

interface ModelsRoute {
  readonly path: string
  readonly lookUp: ServeLookup
  readonly health: HealthReader
  /** Milliseconds since the epoch: prices are those of the moment. */
  readonly now: () => number
}

/** The models a key may use: what the workspace can call, less what the key's own list leaves out. */
export function routeModels(app: FastifyInstance, { path, lookUp, health, now }: ModelsRoute): void {
  app.get(path, (request, reply) =>
    lookUp({ request, reply }, (caller) => ({
      object: 'list',
      data: visibleModels(caller).map((each) => describeModel(each, caller, { health, at: now() })),
    })),
  )

  // A model's id may hold slashes.
  app.get<{ Params: { '*': string } }>(`${path}/*`, (request, reply) =>
    lookUp({ request, reply }, (caller) => {
      const name = request.params['*']
      const [candidate] = caller.workspace.findCandidates(name)
      const allowed = allowedModelIds(caller)
      if (!candidate || !(allowed?.has(candidate.model.id) ?? true))
        throw modelNotFound({ model: name }, { param: 'model' })
      return describeModel(candidate, caller, { health, at: now() })
    }),
  )
}

/** What a key may use of what the workspace can call. */
export function visibleModels(caller: KeyOwner): Candidate[] {
  const allowed = allowedModelIds(caller)
  return caller.workspace.listModels().filter(({ model }) => allowed?.has(model.id) ?? true)
}

/** The models that the names in the key's list mean, as they do when a call names them; null: all. */
function allowedModelIds({ key, workspace }: KeyOwner): Set<string> | null {
  if (key.allowedModels === null) return null
  return new Set(key.allowedModels.flatMap((name) => workspace.findCandidates(name).map(({ model }) => model.id)))
}

interface Moment {
  readonly health: HealthReader
  readonly at: number
}

/**
 * OpenAI's fields (`object`, `created`, `owned_by`) beside those of the auto-routing contract. The provider is the one
 * that comes first; `providers` has all of them, by the words that `provider.only` and its like take.
 */
function describeModel({ model, endpoint }: Candidate, { workspace }: KeyOwner, { health, at }: Moment): object {
  const candidates = workspace.findCandidates(model.id)
  const rates = endpoint.price && priceAt(endpoint.price, at).rates
  return {
    id: model.id,
    object: 'model',
    created: 0,
    owned_by: model.author,
    name: model.name,
    provider: GATEWAY_NAMES[endpoint.gateway],
    providers: [...new Set(candidates.map((candidate) => candidate.endpoint.gateway))],
    kind: model.kind,
    context_window: model.contextWindow,
    max_output_tokens: model.maxOutputTokens,
    capabilities: model.capabilities,
    input_per_m: perMillion(rates?.input),
    output_per_m: perMillion(rates?.output),
    health: summarizeHealth(candidates.map((candidate) => health.of(candidate))),
  }
}

const NANODOLLARS_PER_DOLLAR = 1_000_000_000

function perMillion(rate: number | null | undefined): number | null {
  return rate === null || rate === undefined ? null : rate / NANODOLLARS_PER_DOLLAR
}
