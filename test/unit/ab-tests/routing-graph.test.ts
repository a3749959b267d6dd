import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leadsTo, type RoutingGraph } from '../../../shared/routers/routing-graph.ts'

const ROUTERS = ['r0', 'r1', 'r2', 'r3']
const AB_TESTS = ['t0', 't1', 't2', 't3']
const PLACES = [...ROUTERS, ...AB_TESTS]
const routerId = fc.constantFrom(...ROUTERS)
const abTestId = fc.constantFrom(...AB_TESTS)
const graphs: fc.Arbitrary<RoutingGraph> = fc.record({
  routers: fc.uniqueArray(fc.record({ routerId, abTestIds: fc.array(abTestId, { maxLength: 3 }) }), {
    selector: (router) => router.routerId,
  }),
  routerVariants: fc.array(fc.record({ abTestId, routerId }), { maxLength: 6 }),
})

/** Every place that leads to another one, by Warshall's algorithm. */
function closure({ routers, routerVariants }: RoutingGraph): Set<string> {
  const pairs = new Set([
    ...routers.flatMap((router) => router.abTestIds.map((target) => `${router.routerId} ${target}`)),
    ...routerVariants.map((variant) => `${variant.abTestId} ${variant.routerId}`),
  ])
  for (const via of PLACES) {
    const sources = PLACES.filter((from) => pairs.has(`${from} ${via}`))
    const targets = PLACES.filter((to) => pairs.has(`${via} ${to}`))
    for (const from of sources) for (const to of targets) pairs.add(`${from} ${to}`)
  }
  return pairs
}

test('leads to exactly what the transitive closure holds, circles included', () => {
  fc.assert(
    fc.property(graphs, fc.oneof(routerId, abTestId), fc.oneof(routerId, abTestId), (graph, from, to) => {
      expect(leadsTo(graph, from, to)).toBe(closure(graph).has(`${from} ${to}`))
    }),
  )
})

test('a chain of ten thousand is followed to its end', () => {
  const routers = Array.from({ length: 10_000 }, (_each, place) => ({
    routerId: `r${place}`,
    abTestIds: [`t${place}`],
  }))
  const routerVariants = routers.map((_each, place) => ({ abTestId: `t${place}`, routerId: `r${place + 1}` }))
  expect(leadsTo({ routers, routerVariants }, 'r0', 'r10000')).toBe(true)
  expect(leadsTo({ routers, routerVariants }, 'r1', 'r0')).toBe(false)
})
