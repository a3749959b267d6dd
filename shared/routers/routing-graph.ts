/** Which A/B tests each router sends requests to, and which routers each A/B test has as variants. Ids are unique. */
export interface RoutingGraph {
  readonly routers: readonly { readonly routerId: string; readonly abTestIds: readonly string[] }[]
  readonly routerVariants: readonly { readonly abTestId: string; readonly routerId: string }[]
}

/**
 * Whether a request that reaches one router or A/B test can come to another one, or back to itself.
 *
 * @param from id of a router or an A/B test
 * @param to likewise; the same as `from` asks for a circle
 */
export function leadsTo(graph: RoutingGraph, from: string, to: string): boolean {
  const next = readEdges(graph)
  const seen = new Set<string>()
  const waiting = [...(next.get(from) ?? [])]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (place === to) return true
    if (seen.has(place)) continue
    seen.add(place)
    waiting.push(...(next.get(place) ?? []))
  }
  return false
}

function readEdges({ routers, routerVariants }: RoutingGraph): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, string[]>(routers.map(({ routerId, abTestIds }) => [routerId, [...abTestIds]]))
  for (const { abTestId, routerId } of routerVariants) {
    const known = edges.get(abTestId)
    if (known) known.push(routerId)
    else edges.set(abTestId, [routerId])
  }
  return edges
}
