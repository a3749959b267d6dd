import { fromDollars } from '../../../shared/money/nanodollars.ts'
import { plainRates } from '../../../shared/money/price.ts'
import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'

/** US dollars for a million tokens; null: not known. */
export interface UsdPrices {
  readonly inputUsdPerMillion: number | null
  readonly outputUsdPerMillion: number | null
  readonly cacheReadUsdPerMillion: number | null
}

/** What a user says of a model of the workspace's own. */
export interface ModelFacts {
  readonly name: string
  readonly kind: SnapshotModel['kind']
  readonly upstreamModel: string
  readonly contextWindow: number | null
  readonly maxOutputTokens: number | null
  /** Null: not known. */
  readonly capabilities: SnapshotModel['capabilities']
  readonly prices: UsdPrices
}

interface Identity {
  readonly id: string
  readonly workspaceId: string
  readonly gateway: Gateway
  readonly credentialId: string
  readonly priceNumber: number
}

const NO_PRICES: UsdPrices = { inputUsdPerMillion: null, outputUsdPerMillion: null, cacheReadUsdPerMillion: null }

/** What is not said of a new model. An id may be written with its gateway before it: `portkey:@openai/gpt-4o`. */
export function defaultFacts(id: string, gateway: Gateway): ModelFacts {
  return {
    name: id,
    kind: 'chat',
    upstreamModel: id.startsWith(`${gateway}:`) ? id.slice(gateway.length + 1) : id,
    contextWindow: null,
    maxOutputTokens: null,
    capabilities: null,
    prices: NO_PRICES,
  }
}

/** What is known of a model that is there, but for its prices: those are kept as they were published. */
export function factsOf(model: SnapshotModel): ModelFacts {
  const { name, kind, contextWindow, maxOutputTokens, capabilities, endpoints } = model
  const upstreamModel = endpoints[0]?.upstreamModel ?? model.id
  return { name, kind, contextWindow, maxOutputTokens, capabilities, upstreamModel, prices: NO_PRICES }
}

/** The form in which a workspace's own model is kept and served. Without an input price its price is not known. */
export function toSnapshotModel(facts: ModelFacts, identity: Identity): SnapshotModel {
  const { name, kind, upstreamModel, contextWindow, maxOutputTokens, capabilities, prices } = facts
  const { id, workspaceId, gateway, credentialId, priceNumber } = identity
  const version = `${workspaceId}/${id}@${priceNumber}`
  const price = prices.inputUsdPerMillion === null ? null : priceOf(prices, version)
  return {
    id,
    author: 'workspace',
    name,
    kind,
    contextWindow,
    maxOutputTokens,
    capabilities,
    endpoints: [{ gateway, upstreamModel, price, credentialId }],
  }
}

function priceOf(prices: UsdPrices, version: string): SnapshotModel['endpoints'][number]['price'] {
  const toRate = (dollars: number | null): number | null => (dollars === null ? null : fromDollars(dollars))
  const input = toRate(prices.inputUsdPerMillion)
  const output = toRate(prices.outputUsdPerMillion)
  const cacheRead = toRate(prices.cacheReadUsdPerMillion) ?? input
  const rates = { ...plainRates(input, output), cacheRead }
  return { version, rates, tiers: [], perRequestNanodollars: 0 }
}
