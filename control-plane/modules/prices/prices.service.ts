import type { PriceProposalsService } from './price-proposals.service.ts'
import type { PriceOverridesService } from './price-overrides.service.ts'

/** What changes prices: those of the catalog by reviewed proposals, and those of one workspace at once. */
export interface PricesService extends PriceProposalsService, PriceOverridesService {}

export function createPricesService(proposals: PriceProposalsService, overrides: PriceOverridesService): PricesService {
  return { ...proposals, ...overrides }
}
