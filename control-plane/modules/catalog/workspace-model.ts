import { fromDollars } from '../../../shared/money/nanodollars.ts'
import { plainRates } from '../../../shared/money/price.ts'
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
  readonly capabilities: SnapshotModel['capabilities']
  readonly prices: UsdPrices
}

interface Identity {
  readonly id: string
  readonly workspaceId: string
  readonly credentialId: string
  readonly priceNumber: number
}

/** The form in which a workspace's own model is kept and served. Without an input price its price is not known. */
export function toSnapshotModel(facts: ModelFacts, identity: Identity): SnapshotModel {
  const { name, kind, upstreamModel, contextWindow, maxOutputTokens, capabilities, prices } = facts
  const { id, workspaceId, credentialId, priceNumber } = identity
  const version = `${workspaceId}/${id}@${priceNumber}`
  const price = prices.inputUsdPerMillion === null ? null : priceOf(prices, version)
  return {
    id,
    author: 'workspace',
    name,
    kind,
    contextWindow,
    maxOutputTokens,
    capabilities: [...capabilities],
    endpoints: [{ gateway: 'custom', upstreamModel, price, credentialId }],
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
