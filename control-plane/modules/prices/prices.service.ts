import { createDecideProposals, type DecideProposals } from './decide-proposals.ts'
import { createOverridePrices, type OverrideDeps, type OverridePrices } from './override-prices.ts'
import { createProposePrices, type ProposalDeps, type ProposePrices } from './propose-prices.ts'

/** What changes prices: those of the catalog by reviewed proposals, and those of one workspace at once. */
export interface PricesService extends ProposePrices, DecideProposals, OverridePrices {}

export function createPricesService(deps: ProposalDeps & OverrideDeps): PricesService {
  return { ...createProposePrices(deps), ...createDecideProposals(deps), ...createOverridePrices(deps) }
}
