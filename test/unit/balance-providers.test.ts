import { expect, test } from 'vitest'
import type { EndpointHealth } from '../../data-plane/endpoint-health.ts'
import { ASK, createWorld } from '../helpers/routing-world.ts'

/** Chance that comes out the same each time: a linear congruential generator (Numerical Recipes). */
function createChance(): () => number {
  let state = 7
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

const CALLS = 2_000

/** How often each of two providers at these prices comes first. */
function sharesOf(first: Partial<EndpointHealth>, second: Partial<EndpointHealth>, secondPrice = 1): number {
  const at = [
    { gateway: 'openai' as const, price: [1, 1] as const, health: first },
    { gateway: 'openrouter' as const, price: [secondPrice, secondPrice] as const, health: second },
  ]
  const world = createWorld({ models: [{ id: 'model', at }], random: createChance() })
  const chosen = Array.from({ length: CALLS }, () => world.ask({ ...ASK, model: 'model' }).tried[0])
  return chosen.filter((name) => name?.startsWith('openai:')).length / CALLS
}

test('a provider far slower than the other gets nothing, though chance may name it twice', () => {
  expect(sharesOf({ latencyMs: 1_000, loadMs: 1_000 }, { latencyMs: 50, loadMs: 200 })).toBe(0)
})

test('one that is somewhat slower keeps a quarter: answers differ in length', () => {
  const share = sharesOf({ latencyMs: 150, loadMs: 150 }, { latencyMs: 50, loadMs: 50 })
  expect(share).toBeGreaterThan(0.22)
  expect(share).toBeLessThan(0.28)
})

test('a cheap provider is not left for being busy when it is as fast as the dear one', () => {
  const busy = { latencyMs: 50, loadMs: 5_000 }
  const idle = { latencyMs: 50, loadMs: 50 }
  // At half the price it is named by four draws in five, and by both draws in sixteen of twenty-five.
  const share = sharesOf(busy, idle, 2)
  expect(share).toBeGreaterThan(0.6)
  expect(share).toBeLessThan(0.68)
})

test('a provider that is not known is tried before one that is', () => {
  expect(sharesOf({}, { latencyMs: 50, loadMs: 50 })).toBeGreaterThan(0.7)
})
