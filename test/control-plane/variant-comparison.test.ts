import { afterAll, beforeAll, expect, test } from 'vitest'
import { CALL_METRICS } from '../../shared/ab-tests/call-metrics.ts'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { AB_TESTS, createAbTestWorld, exposedCall, type AbTestWorld } from '../helpers/ab-test-world.ts'
import { startControlPlane, type ControlPlaneHarness } from '../helpers/control-plane-harness.ts'

let harness: ControlPlaneHarness
beforeAll(async () => {
  harness = await startControlPlane()
})
afterAll(() => harness.close())

interface Shown {
  readonly productionVariantId: string
  readonly variants: readonly {
    readonly variantId: string
    readonly isProduction: boolean
    readonly calls: number
    readonly units: number
    readonly metrics: readonly ShownMetric[]
  }[]
}

interface ShownMetric {
  readonly metric: string
  readonly count: number
  readonly units: number
  readonly mean: number | null
  readonly standardError: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly difference: { readonly value: number; readonly lower: number | null; readonly upper: number | null } | null
}

/** An A/B test with two variants, of which the first is production. */
async function createTwoVariants() {
  const world = await createAbTestWorld(harness)
  const production = await world.variant({ model: 'simulator:sim-fast' })
  const other = await world.variant({ model: 'simulator:sim-smart' })
  await world.run(AB_TESTS.promote, { variantId: production.id })
  return { world, production: production.id, other: other.id }
}

async function keep(generations: readonly Generation[]): Promise<void> {
  await harness.controlPlane.modules.requestLogs.service.ingest(generations)
}

async function compare(world: AbTestWorld, variantId: string, variables: object = {}) {
  const shown = await world.run<Shown>(AB_TESTS.compare, { from: '2020-01-01T00:00:00Z', to: FAR, ...variables })
  const variant = shown.variants.find((each) => each.variantId === variantId)
  const metrics = new Map(variant?.metrics.map((metric) => [metric.metric, metric]))
  return { variant, metrics }
}

const FAR = '2200-01-01T00:00:00Z'
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

test('means, errors and quantiles are those of the records, with the calls of one unit taken together', async () => {
  const { world, production, other } = await createTwoVariants()
  // Three units of production with 1, 2 and 3 calls each.
  const latencies = [[10], [20, 30], [60, 70, 80]]
  const calls = latencies.flatMap((ofUnit, unit) =>
    ofUnit.map((latencyMs) => exposedCall(world, { variantId: production, unitId: `u${unit}` }, { latencyMs })),
  )
  const single = exposedCall(world, { variantId: other, unitId: 'v' }, { latencyMs: 5, costNanodollars: null })
  await keep([...calls, single])

  const all = latencies.flat()
  const mean = sum(all) / all.length
  const residuals = latencies.map((ofUnit) => sum(ofUnit) - mean * ofUnit.length)
  const standardError = Math.sqrt((3 / 2) * sum(residuals.map((residual) => residual ** 2))) / all.length
  const { variant, metrics } = await compare(world, production)
  expect(variant).toMatchObject({ calls: 6, units: 3, isProduction: true })
  const latency = metrics.get('total_latency')
  expect(latency).toMatchObject({ count: 6, units: 3, unit: 'ms', higherIsBetter: false, difference: null })
  expect(latency?.mean).toBeCloseTo(mean, 9)
  expect(latency?.standardError).toBeCloseTo(standardError, 9)
  expect([latency?.p50, latency?.p95]).toEqual([30, 80])
  expect(metrics.get('cost')?.mean).toBeCloseTo(4_000 / 1e9, 15)
  expect(metrics.get('input_tokens')?.mean).toBe(14)
  expect(metrics.get('output_tokens')?.mean).toBe(5)

  const small = await compare(world, other)
  expect(small.variant).toMatchObject({ calls: 1, units: 1, isProduction: false })
  expect(small.metrics.get('cost')).toMatchObject({ count: 0, mean: null, difference: null })
  // One unit says nothing of how units differ.
  const difference = small.metrics.get('total_latency')?.difference
  expect(difference).toMatchObject({ value: 5 - mean, lower: null, upper: null })
  expect(small.metrics.get('total_latency')?.standardError).toBeNull()
})

test('failed, broken-off and abandoned calls count where they should', async () => {
  const { world, production } = await createTwoVariants()
  const ends: Partial<Generation>[] = [
    { status: 'succeeded', latencyMs: 100, timeToFirstTokenMs: 60 },
    { status: 'succeeded', latencyMs: 200, finishReason: 'length' },
    { status: 'truncated', latencyMs: 9_000 },
    { status: 'failed', latencyMs: 9_000, usage: null, costNanodollars: null },
    { status: 'cancelled', latencyMs: 9_000 },
  ]
  await keep(ends.map((fields) => exposedCall(world, { variantId: production }, fields)))
  const own = exposedCall(world, { variantId: production }, { purpose: 'evaluation', latencyMs: 9_000 })
  await keep([own])
  const { variant, metrics } = await compare(world, production)
  expect(variant?.calls).toBe(5)
  expect(metrics.get('error_rate')).toMatchObject({ count: 4, mean: 1 / 4 })
  expect(metrics.get('truncation_rate')).toMatchObject({ count: 4, mean: 2 / 4 })
  expect(metrics.get('total_latency')).toMatchObject({ count: 2, mean: 150 })
  expect(metrics.get('time_to_first_token')).toMatchObject({ count: 1, mean: 60 })
  // 5 tokens in the 40 ms after the first, and 5 in 200 ms.
  expect(metrics.get('tokens_per_second')?.mean).toBeCloseTo((125 + 25) / 2, 9)
})

test('with enough units the interval of a difference holds it, and leaves out what is far from it', async () => {
  const { world, production, other } = await createTwoVariants()
  const calls = Array.from({ length: 200 }, (_each, index) => [
    exposedCall(world, { variantId: production }, { latencyMs: 100 + (index % 10) }),
    exposedCall(world, { variantId: other }, { latencyMs: 150 + (index % 10) }),
  ])
  await keep(calls.flat())
  const { metrics } = await compare(world, other, { metrics: ['total_latency', 'error_rate'] })
  const difference = metrics.get('total_latency')?.difference
  expect(difference?.value).toBeCloseTo(50, 9)
  expect(difference?.lower).toBeGreaterThan(45)
  expect(difference?.upper).toBeLessThan(55)
  expect([...metrics.keys()]).toEqual(['total_latency', 'error_rate'])
})

test('only calls of the window count, and metrics that are not there have no values', async () => {
  const { world, production } = await createTwoVariants()
  const at = (year: number) => Date.UTC(year, 0, 1)
  await keep([2030, 2031, 2032].map((year) => exposedCall(world, { variantId: production }, { startedAt: at(year) })))
  const window = { from: new Date(at(2031)), to: new Date(at(2032)) }
  const { variant, metrics } = await compare(world, production, { ...window, metrics: ['constructor', '__proto__'] })
  expect(variant?.calls).toBe(1)
  expect(metrics.get('constructor')).toMatchObject({ count: 0, mean: null })
  expect(metrics.get('__proto__')).toMatchObject({ count: 0, mean: null })
})

test('without being asked for, every built-in metric is compared', async () => {
  const { world, production } = await createTwoVariants()
  await keep([exposedCall(world, { variantId: production })])
  const { metrics } = await compare(world, production)
  expect([...metrics.keys()]).toEqual([...CALL_METRICS.map(({ id }) => id), 'refusal_rate'])
})
