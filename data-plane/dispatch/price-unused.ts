import type { Nanodollars } from '../../shared/money/nanodollars.ts'
import { priceUsage } from '../../shared/money/price.ts'
import { priceAt } from '../../shared/money/price-schedule.ts'
import type { ProviderAnswer } from '../providers/provider.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'

/**
 * What an answer cost that nobody was given. The caller pays only for what reaches them, so that it is the record alone
 * that tells of it: whoever pays the provider has to be able to find it on their bill.
 *
 * @param startedAt when the call began: its price is that of this moment
 * @returns null when it is not known
 */
export function priceUnused(
  { usage, reportedCost }: ProviderAnswer,
  { endpoint: { price } }: Candidate,
  startedAt: number,
): Nanodollars | null {
  if (reportedCost !== undefined) return reportedCost
  return usage === null || price === null ? null : priceUsage(usage, priceAt(price, startedAt))
}
