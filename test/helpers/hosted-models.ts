import type { ModelInfo } from '@pydantic/genai-prices'
import { hostedModels } from '../../control-plane/modules/catalog/catalog-sources.ts'
import { datedPrices } from '../../control-plane/modules/catalog/dated-prices.ts'
import { installedPriceList } from '../../control-plane/modules/catalog/installed-price-list.ts'
import { scheduleAt, withPrices } from '../../control-plane/modules/catalog/price-timeline.ts'
import type { Price } from '../../shared/money/price.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'
import type { SnapshotModel } from '../../shared/snapshot/snapshot-schema.ts'

/** The models of the list that this program carries, as a catalog that holds nothing else publishes them. */
export function hostedModelsAt(at: Date): SnapshotModel[] {
  return hostedModels(installedPriceList()).map(({ model, prices }) => withPrices(model, prices, at.getTime()))
}

/** What an entry of a price list costs at a moment; null: not known. */
export function listPriceAt(info: ModelInfo, { version, at }: { version: string; at: Date }): Price | null {
  const schedule = scheduleAt(datedPrices(info, version), at.getTime())
  return schedule && priceAt(schedule, at.getTime())
}
