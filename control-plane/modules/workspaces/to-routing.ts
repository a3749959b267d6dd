import { NO_ROUTING_DEFAULTS, type RoutingDefaults } from '../../../shared/llm/routing-defaults.ts'
import { fromDollars, nanodollars, toDollars } from '../../../shared/money/nanodollars.ts'
import { NO_PROVIDER_DEFAULTS, type RoutingChanges } from './workspace-routing.ts'
import type { ProviderDefaultsInput, WorkspaceRoutingInput } from './workspaces.inputs.ts'
import type { WorkspaceRouting } from './workspaces.types.ts'

/** Routing defaults in the API's words. */
export function toRoutingType({ provider, ...defaults }: RoutingDefaults): WorkspaceRouting {
  const { only, ignore, sort, denyDataCollection, zeroRetention, maxInputRate, maxOutputRate } = provider
  return {
    ...defaults,
    provider: {
      only,
      ignore,
      sort,
      dataCollection: denyDataCollection ? 'deny' : 'allow',
      zeroRetention,
      maxPrice: { inputUsdPerMillion: inDollars(maxInputRate), outputUsdPerMillion: inDollars(maxOutputRate) },
    },
  }
}

/** What an input changes: nothing that it leaves out, and back to the beginning what it gives as null. */
export function toRoutingChanges(input: WorkspaceRoutingInput): RoutingChanges {
  const { objective, service, fallbacks, provider, learnFromScores } = input
  return given({
    objective,
    service,
    fallbacks: fallbacks === null ? [] : fallbacks,
    provider: provider === null ? NO_PROVIDER_DEFAULTS : provider && toProviderChanges(provider),
    learnFromScores: learnFromScores === null ? NO_ROUTING_DEFAULTS.learnFromScores : learnFromScores,
  })
}

function toProviderChanges(input: ProviderDefaultsInput): NonNullable<RoutingChanges['provider']> {
  const { only, ignore, sort, dataCollection, zeroRetention, maxPrice } = input
  const prices = maxPrice === null ? { inputUsdPerMillion: null, outputUsdPerMillion: null } : maxPrice
  return given({
    // A list of none would leave nobody; it means no list, as in a request.
    only: only?.length === 0 ? null : only,
    ignore: ignore === null ? [] : ignore,
    sort,
    denyDataCollection: dataCollection === undefined ? undefined : dataCollection === 'deny',
    zeroRetention: zeroRetention === null ? false : zeroRetention,
    maxInputRate: toRate(prices?.inputUsdPerMillion),
    maxOutputRate: toRate(prices?.outputUsdPerMillion),
  })
}

type Given<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> }

function given<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>
}

function toRate(dollars: number | null | undefined): number | null | undefined {
  return typeof dollars === 'number' ? fromDollars(dollars) : dollars
}

function inDollars(rate: number | null): number | null {
  return rate === null ? null : toDollars(nanodollars(rate))
}
