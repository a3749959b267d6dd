import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { SnapshotEndpoint, SnapshotModel } from '../../../shared/snapshot/snapshot-schema.ts'
import { changePricesFrom, type PriceTimeline, type PriceVersion } from './price-timeline.ts'

/** A model of the catalog with the history of its prices, those of gateways that no longer offer it included. */
export interface CatalogEntry {
  /** The list it comes from, or `simulator`. */
  readonly seed: string
  /** Its endpoints are without prices; without any it is no longer offered. */
  readonly model: SnapshotModel
  readonly prices: readonly PriceTimeline[]
}

export type CatalogChange =
  | {
      readonly type: 'set'
      readonly modelId: string
      readonly gateway: Gateway
      /** The model as the list has it, with its endpoint at the gateway. */
      readonly model: SnapshotModel
      readonly seed: string
      readonly proposalId: string
      readonly prices: readonly PriceVersion[]
      /** Milliseconds since the epoch; what the model is new at costs this at once. */
      readonly from: number
    }
  | { readonly type: 'remove'; readonly modelId: string; readonly gateway: Gateway }

/**
 * A model after a change. Pure; the same change again changes nothing.
 *
 * @param entry null: the catalog has no such model
 * @returns the entry itself where nothing changes
 */
export function changeEntry(entry: CatalogEntry | null, change: CatalogChange): CatalogEntry | null {
  if (change.type === 'remove') return entry && withoutEndpoint(entry, change.gateway)
  const endpoint = change.model.endpoints.find(({ gateway }) => gateway === change.gateway)
  if (!endpoint) throw new Error(`a change of ${change.modelId} has no endpoint at ${change.gateway}`)
  const known = entry?.prices.find(({ gateway }) => gateway === change.gateway)
  if (known?.versions.some(({ proposalId }) => proposalId === change.proposalId)) return entry
  const versions = changePricesFrom(known?.versions ?? [], change.prices, change.from)
  const others = (entry?.prices ?? []).filter(({ gateway }) => gateway !== change.gateway)
  return {
    seed: change.seed,
    model: { ...change.model, endpoints: withEndpoint(entry?.model.endpoints ?? [], endpoint) },
    prices: [...others, { gateway: change.gateway, versions }],
  }
}

function withoutEndpoint(entry: CatalogEntry, gone: Gateway): CatalogEntry {
  const endpoints = entry.model.endpoints.filter(({ gateway }) => gateway !== gone)
  return endpoints.length === entry.model.endpoints.length ? entry : { ...entry, model: { ...entry.model, endpoints } }
}

/** In the place of the one at the same gateway: callers are offered gateways in this order. */
function withEndpoint(endpoints: readonly SnapshotEndpoint[], changed: SnapshotEndpoint): SnapshotEndpoint[] {
  const isKnown = endpoints.some(({ gateway }) => gateway === changed.gateway)
  if (!isKnown) return [...endpoints, changed]
  return endpoints.map((each) => (each.gateway === changed.gateway ? changed : each))
}
