import fc from 'fast-check'
import { AggregatorRegistry, Histogram, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { DurationTally, registerTallies } from '../../data-plane/settle/tally-histogram.ts'

const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const facts = { name: 'waited_seconds', help: 'How long.' }
const labels = { model: 'sim "fast"' }

async function tallied(seconds: readonly number[]): Promise<Registry> {
  const registry = new Registry()
  const tally = new DurationTally()
  registerTallies(registry, { ...facts, tallies: () => [[labels, tally]] })
  for (const value of seconds) tally.observe(value)
  return registry
}

test('a tally shows Prometheus what prom-client’s own histogram shows', async () => {
  const seconds = fc.oneof(fc.constantFrom(...BOUNDS), fc.double({ min: 0, max: 400, noNaN: true }))
  await fc.assert(
    fc.asyncProperty(fc.array(seconds, { minLength: 1 }), async (values) => {
      const own = new Registry()
      const histogram = new Histogram({ ...facts, labelNames: ['model'], buckets: BOUNDS, registers: [own] })
      for (const value of values) histogram.observe(labels, value)
      expect(await (await tallied(values)).metrics()).toBe(await own.metrics())
    }),
    { numRuns: 50 },
  )
})

test('the tallies of several processes are added up', async () => {
  const [first, second] = await Promise.all([tallied([0.002, 0.002]), tallied([0.002, 500])])
  const sum = AggregatorRegistry.aggregate(await Promise.all([first.getMetricsAsJSON(), second.getMetricsAsJSON()]))
  const text = await sum.metrics()
  expect(text).toContain('waited_seconds_bucket{le="0.0025",model="sim \\"fast\\""} 3')
  expect(text).toContain('waited_seconds_count{model="sim \\"fast\\""} 4')
})
