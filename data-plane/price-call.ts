import { budgetSpend } from '../shared/money/budget.ts'
import { nanodollars, scaleByMillionths, ZERO } from '../shared/money/nanodollars.ts'
import { priceUsage } from '../shared/money/price.ts'
import { priceAt } from '../shared/money/price-schedule.ts'
import type { CallPrice } from './call-price.ts'
import type { RequestContext } from './request-context.ts'

const NOT_CHARGED: CallPrice = {
  usage: null,
  cost: ZERO,
  charge: ZERO,
  forgiven: ZERO,
  spend: ZERO,
  paidBy: 'nobody',
  priceVersion: null,
}

/**
 * Prices what a call used, when that is known: at what the provider says it asks for this call, else by the price list.
 * A call that failed before its first content costs nobody anything. The first answer stands: what a caller is told of
 * the price is what is taken.
 */
export function priceCall(context: RequestContext): CallPrice {
  context.price ??= findPrice(context)
  return context.price
}

function findPrice(context: RequestContext): CallPrice {
  const { candidate, usage, reportedCost, workspace, reservation } = context
  if (!candidate || !workspace || usage === null) return NOT_CHARGED
  const { price: schedule, gateway } = candidate.endpoint
  const { paidBy } = candidate
  const price = schedule && priceAt(schedule, context.startedAt)
  const listed = price === null ? null : priceUsage(usage, price)
  const cost = reportedCost ?? listed
  const full = paidBy === 'credits' ? scaleByMillionths(cost ?? ZERO, workspace.settings.markupMillionths) : ZERO
  const charge = nanodollars(Math.min(full, mostCharge(reservation)))
  return {
    usage,
    cost,
    charge,
    forgiven: nanodollars(full - charge),
    spend: budgetSpend({ paidBy, chargeNanodollars: charge, costNanodollars: cost }),
    paidBy,
    priceVersion: reportedCost === null ? (price?.version ?? null) : `reported:${gateway}`,
  }
}

/**
 * A call is charged what it held, and where it cost more what else is at hand: the balance stops at nothing, and the
 * rest is forgiven (contracts: the `llm` primitive, "Credits").
 */
function mostCharge(reservation: RequestContext['reservation']): number {
  if (reservation.type !== 'held') return Infinity
  const credits = reservation.holds.find(({ budget }) => budget === null)
  return credits ? credits.amount + reservation.leases.spare(credits.account) : Infinity
}
