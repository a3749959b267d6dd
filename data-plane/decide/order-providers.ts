import type { ProviderPreferences } from '../../shared/llm/routing-request.ts'
import type { ProviderSort } from '../../shared/llm/routing-vocabulary.ts'
import type { Ask } from './ask.ts'
import { balance, type Chance } from './balance-providers.ts'
import { expectedCost } from './expected-cost.ts'
import type { Row } from './routing-table.ts'

/**
 * The order in which the providers of one model are tried. The caller's `order` comes first; then `sort`, which turns
 * balancing off; then a draw weighted to low prices and recent uptime, the workspace's own credentials before the pool.
 */
export function orderProviders(rows: readonly Row[], ask: Ask, how: Chance): readonly Row[] {
  if (rows.length <= 1) return rows
  const { provider } = ask.routing
  const { sort } = ask.policy
  const ordered = sort === null ? ownFirst(rows, (group) => balance(group, ask, how)) : sortBy(rows, sort, ask)
  const preferred = provider.order.length === 0 ? ordered : byOrder(ordered, provider)
  // Without an order of the caller's there is one first choice, and nothing is to follow it.
  return provider.allowFallbacks || provider.order.length > 0 ? preferred : preferred.slice(0, 1)
}

/** A credential of the workspace's own is there to be used, and costs no credits. */
function ownFirst(rows: readonly Row[], order: (rows: readonly Row[]) => readonly Row[]): readonly Row[] {
  const own = rows.filter(({ candidate }) => candidate.paidBy === 'workspace-credential')
  if (own.length === 0 || own.length === rows.length) return order(rows)
  return [...order(own), ...order(rows.filter(({ candidate }) => candidate.paidBy === 'credits'))]
}

/** What is not known comes last; of two that are alike the cheaper comes first. */
function sortBy(rows: readonly Row[], sort: ProviderSort, ask: Ask): readonly Row[] {
  return rows
    .map((row) => ({ row, cost: expectedCost(row, ask), measure: measureOf(row, sort) }))
    .sort((left, right) => difference(left.measure, right.measure) || difference(left.cost, right.cost))
    .map(({ row }) => row)
}

/** The lower the better. */
function measureOf({ health }: Row, sort: ProviderSort): number {
  switch (sort) {
    case 'price':
      return 0
    case 'latency':
      return health.firstTokenP50Ms ?? Infinity
    case 'throughput':
      return health.tokensPerSecond === null ? Infinity : -health.tokensPerSecond
    default:
      return sort satisfies never
  }
}

function difference(left: number, right: number): number {
  return left === right ? 0 : left - right
}

function byOrder(rows: readonly Row[], { order }: ProviderPreferences): readonly Row[] {
  const placeOf = ({ candidate }: Row): number => {
    const place = order.indexOf(candidate.endpoint.gateway)
    return place === -1 ? order.length : place
  }
  return rows.toSorted((left, right) => placeOf(left) - placeOf(right))
}
