import type { Usage } from '../shared/llm/usage.ts'
import { scaleByMillionths, ZERO, type Nanodollars } from '../shared/money/nanodollars.ts'
import { priceUsage } from '../shared/money/price.ts'
import type { RequestContext } from './request-context.ts'

export interface CallPrice {
  readonly usage: Usage | null
  /** What the provider asks. Null: not known. */
  readonly cost: Nanodollars | null
  /** What the workspace pays in credits. */
  readonly charge: Nanodollars
  readonly paidBy: 'credits' | 'workspace-credential' | 'nobody'
  /** The price list that the cost comes from, or who reported it. */
  readonly priceVersion: string | null
}

const NOT_CHARGED: CallPrice = { usage: null, cost: ZERO, charge: ZERO, paidBy: 'nobody', priceVersion: null }

/**
 * Prices what a call used: at what the provider says it asks for this call, else by the price list. A call that failed
 * before its first content costs nobody anything.
 */
export function priceCall({ candidate, usage, reportedCost, workspace }: RequestContext): CallPrice {
  if (!candidate || !workspace || usage === null) return NOT_CHARGED
  const { price, gateway } = candidate.endpoint
  const listed = price === null ? null : priceUsage(usage, price)
  const cost = reportedCost ?? listed
  const charge =
    candidate.paidBy === 'credits' ? scaleByMillionths(cost ?? ZERO, workspace.settings.markupMillionths) : ZERO
  const priceVersion = reportedCost === null ? (price?.version ?? null) : `reported:${gateway}`
  return { usage, cost, charge, paidBy: candidate.paidBy, priceVersion }
}
