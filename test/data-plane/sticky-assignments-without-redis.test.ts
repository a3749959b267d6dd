import { afterAll, beforeAll, expect, test } from 'vitest'
import { PERIOD_MS } from '../../shared/ab-tests/sticky-assignments.ts'
import { enrolmentsKey } from '../../shared/redis/keys.ts'
import { byWeights, offerOf, someUnit, START, startStickyWorld, type StickyWorld } from '../helpers/sticky-world.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let world: StickyWorld
beforeAll(async () => {
  world = await startStickyWorld()
})
afterAll(() => world.stop())

test('an enrolment that nobody wrote so is told of, and the call is served by its hash', async () => {
  const unit = someUnit()
  const { sticky, redis } = world.startProcess(0)
  await redis.hset(enrolmentsKey('workspace', unit.testId, Math.floor(START / PERIOD_MS)), unit.unitId, 'nonsense')
  const before = world.failures.length
  expect(await sticky.find(unit, offerOf('a'))).toMatchObject({ variantId: 'a', stored: false })
  expect(world.failures).toHaveLength(before + 1)
})

test('a call does not wait longer for Redis than it was told, and Redis is then left alone for a while', async () => {
  const unit = someUnit()
  const { sticky, clock } = world.startProcess(0, { waitMs: 20 })
  const [, other] = world.connections
  const before = world.failures.length
  await other.call('CLIENT', 'PAUSE', '60000', 'ALL')
  expect(await sticky.find(unit, offerOf('a'))).toMatchObject({ variantId: 'a', stored: false })
  expect(world.failures.length).toBe(before + 1)
  expect(await sticky.find(unit, offerOf('b'))).toMatchObject({ variantId: 'a', stored: false })
  expect(world.failures.length).toBe(before + 1)
  await stopRedis()
  await startRedis()
  clock.ms += 101
  expect(await sticky.find(unit, offerOf('b'))).toMatchObject({ variantId: 'a', stored: true })
})

test('while Redis is away a unit is assigned by its hash and marked; what was served is enrolled when it is back', async () => {
  const unit = someUnit()
  const { sticky } = world.startProcess(0)
  await stopRedis()
  const offer = byWeights(unit, [1, 1])
  const served = await sticky.find(unit, offer)
  expect(served).toMatchObject({ variantId: offer.propose()?.variantId, propensity: 0.5, stored: false })
  await startRedis()
  const changed = { ...unit, weightsVersion: 1 }
  const opposite = byWeights(unit, served?.variantId === 'variant-0' ? [0, 1] : [1, 0])
  expect(await sticky.find(changed, opposite)).toMatchObject({ variantId: served?.variantId, stored: true })
  expect(await world.startProcess(1).sticky.find(changed, opposite)).toMatchObject({
    variantId: served?.variantId,
    stored: true,
  })
})

async function stopRedis(): Promise<void> {
  await world.server.stop()
  await waitUntil(() => world.connections.every((redis) => redis.status !== 'ready'))
}

async function startRedis(): Promise<void> {
  await world.server.start()
  await waitUntil(() => world.connections.every((redis) => redis.status === 'ready'))
}
