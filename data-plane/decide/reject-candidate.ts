import type { Ask } from './ask.ts'
import { boundedCost } from './expected-cost.ts'
import { isTooDear } from './price-ceilings.ts'
import type { Row } from './routing-table.ts'

/**
 * Why a candidate may not serve a request, as a number, so that the reasons of a whole pool fit into one small array.
 * `describe-rejection.ts` has the words.
 */
export const REJECTION = {
  none: 0,
  key: 1,
  provider: 2,
  allowModels: 3,
  variant: 4,
  lacks: 5,
  unknown: 6,
  context: 7,
  output: 8,
  collection: 9,
  retention: 10,
  price: 11,
  cost: 12,
  latency: 13,
  open: 14,
} as const
export type Rejection = (typeof REJECTION)[keyof typeof REJECTION]

/** What may have passed by the next request. Everything else stays as it is until somebody changes it. */
export function isPassing(rejection: Rejection): boolean {
  return rejection === REJECTION.latency || rejection === REJECTION.open
}

/**
 * A candidate that the router would choose. It must be known to do what is asked, and to have room for it: what is not
 * known is not tried on a guess.
 */
export function rejectChoice(row: Row, ask: Ask): Rejection {
  const { facts, can, cannot } = row
  const { required, needs, inputTokens } = ask
  const limits = rejectByLimits(row, ask)
  if (limits !== REJECTION.none) return limits
  if ((required & cannot) !== 0) return REJECTION.lacks
  if ((required & can) !== required) return REJECTION.unknown
  if (inputTokens + Math.min(needs.maxOutputTokens ?? 0, facts.maxOutputTokens) > facts.contextWindow) {
    return REJECTION.context
  }
  if (needs.maxOutputTokens !== null && needs.maxOutputTokens > facts.maxOutputTokens) return REJECTION.output
  if (row.isVariant && ask.allowedByCaller === null) return REJECTION.variant
  return REJECTION.none
}

/**
 * A candidate that the caller named. Only what it is known not to be able to do speaks against it; whether a prompt
 * fits is the provider's to say, for it alone can count.
 */
export function rejectNamed(row: Row, ask: Ask): Rejection {
  if ((ask.needs.abilities & row.cannot) !== 0) return REJECTION.lacks
  return rejectByLimits(row, ask)
}

/** What the caller, the key and the workspace rule out. */
function rejectByLimits(row: Row, ask: Ask): Rejection {
  const { candidate } = row
  const { endpoint } = candidate
  const { provider, maxCostNanodollars } = ask.routing
  if (ask.allowedByKey !== null && !ask.allowedByKey.has(candidate)) return REJECTION.key
  if (ask.allowedByCaller !== null && !ask.allowedByCaller.has(candidate)) return REJECTION.allowModels
  if (provider.only !== null && !provider.only.includes(endpoint.gateway)) return REJECTION.provider
  if (provider.ignore.length > 0 && provider.ignore.includes(endpoint.gateway)) return REJECTION.provider
  if (!provider.allowFallbacks && provider.order.length > 0 && !provider.order.includes(endpoint.gateway)) {
    return REJECTION.provider
  }
  if (provider.denyDataCollection && !row.policy.collectsNothing) return REJECTION.collection
  if (provider.zeroRetention && !row.policy.retainsNothing) return REJECTION.retention
  if (isTooDear(endpoint, ask, provider)) return REJECTION.price
  if (maxCostNanodollars !== null && boundedCost(row, ask) > maxCostNanodollars) return REJECTION.cost
  return REJECTION.none
}

/**
 * What of the measurements of the moment counts. `speed`: an endpoint that is failing is not passed over, because there
 * is no other. `nothing`: the choice has to be the same every time.
 */
export type Minding = 'everything' | 'speed' | 'nothing'

/** What is measured at the moment. What has not been measured speaks against nothing. */
export function rejectByHealth({ health }: Row, { routing }: Ask, minding: Minding): Rejection {
  if (minding === 'nothing') return REJECTION.none
  if (minding === 'everything' && health.isOpen) return REJECTION.open
  const { firstTokenP95Ms } = health
  if (routing.maxLatencyMs !== null && firstTokenP95Ms !== null && firstTokenP95Ms > routing.maxLatencyMs) {
    return REJECTION.latency
  }
  return REJECTION.none
}
