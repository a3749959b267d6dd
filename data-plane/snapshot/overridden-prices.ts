import { overlayPrices } from '../../shared/money/price-schedule.ts'
import type { SnapshotPriceOverride } from '../../shared/snapshot/price-schema.ts'
import type { SnapshotEndpoint, SnapshotModel } from '../../shared/snapshot/snapshot-schema.ts'

/** Who pays for a call, and so which of a workspace's prices holds. */
type PaidBy = SnapshotPriceOverride['paidBy']

/** Gives an endpoint with the price that holds for a workspace; the endpoint itself where it has no price of its own. */
export type PriceEndpoint = (model: SnapshotModel, endpoint: SnapshotEndpoint, paidBy: PaidBy) => SnapshotEndpoint

/** Indexes a workspace's prices. Done when a snapshot changes, never for a request. */
export function createPriceEndpoint(overrides: readonly SnapshotPriceOverride[]): PriceEndpoint {
  if (overrides.length === 0) return (_model, endpoint) => endpoint
  const byPlace = new Map(overrides.map((each) => [placeOf(each.modelId, each.gateway, each.paidBy), each]))
  return (model, endpoint, paidBy) => {
    const override = byPlace.get(placeOf(model.id, endpoint.gateway, paidBy))
    if (!override) return endpoint
    const price = overlayPrices(endpoint.price, override.prices)
    return { ...endpoint, price: price as SnapshotEndpoint['price'] }
  }
}

function placeOf(modelId: string, gateway: string, paidBy: PaidBy): string {
  return JSON.stringify([modelId, gateway, paidBy])
}
