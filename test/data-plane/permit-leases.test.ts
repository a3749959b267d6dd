import { rm } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectRedis, type Redis } from '../../shared/redis/connect.ts'
import { permitStep, PermitWorld, type PermitStep } from '../helpers/permit-world.ts'
import { startTestRedis, temporaryDirectory, type TestRedis } from '../helpers/services.ts'

let directory: string
let server: TestRedis
let redis: Redis
beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startTestRedis(directory)
  redis = connectRedis({ url: server.url, name: 'test', mode: 'patient' })
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

const LIMIT = 20

test('in no minute is more used than the limit, whatever is lost, late or dies, and wherever a clock jumps back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(permitStep, { minLength: 30, maxLength: 250, size: 'max' }), async (steps) => {
      const world = new PermitWorld(redis, 'window', LIMIT)
      await world.open()
      for (const [index, step] of steps.entries()) {
        await world.take(step)
        expect(world.most(), `after step ${index}`).toBeLessThanOrEqual(LIMIT)
      }
    }),
    { numRuns: 200 },
  )
}, 120_000)

test('at no time are more slots in use than the limit, by processes that can reach Redis', async () => {
  const reachable = permitStep.filter(
    ({ action }) => !['lose', 'stick', 'unstick', 'die', 'long-wait'].includes(action),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(reachable, { minLength: 30, maxLength: 200, size: 'max' }), async (steps) => {
      const world = new PermitWorld(redis, 'slots', 5)
      await world.open()
      for (const step of steps) {
        if (step.action === 'wait') await world.report()
        await world.take({ ...step, amount: 1, part: Math.min(step.part, 900) })
        expect(world.most()).toBeLessThanOrEqual(5)
      }
    }),
    { numRuns: 100 },
  )
}, 120_000)

describe('under excess load', () => {
  // How many calls come in each quarter of a second, over all processes.
  test.each<[string, (turn: number) => number]>([
    ['evenly', () => 6],
    ['in bursts', (turn: number) => (turn % 40 === 0 ? 300 : 0)],
    ['at one process only', (turn: number) => 6 + (turn % 2)],
  ])(
    'of the limit at least 97 in 100 are used, and never more: calls come %s',
    async (name, callsAt) => {
      const limit = 120
      const minutes = 4
      const world = new PermitWorld(redis, 'window', limit)
      await world.open()
      const turns = minutes * 240
      for (let turn = 0; turn < turns; turn += 1) {
        for (let call = 0; call < callsAt(turn); call += 1) await world.ask(name.includes('one') ? 0 : call % 3, 1)
        await world.wait(50)
        await world.report()
        await world.wait(200)
        expect(world.most()).toBeLessThanOrEqual(limit)
      }
      expect(world.used / (limit * minutes)).toBeGreaterThanOrEqual(0.97)
    },
    120_000,
  )
})

const act = (action: PermitStep['action'], process = 0, part = 1): PermitStep => ({ action, process, amount: 1, part })

async function openWorld(): Promise<PermitWorld> {
  const world = new PermitWorld(redis, 'window', LIMIT)
  await world.open()
  return world
}

async function askOften(world: PermitWorld, process: number): Promise<void> {
  for (let call = 0; call < 2 * LIMIT; call += 1) await world.ask(process, 1)
}

test('what a process held when it died counts as used for a minute, and is there again after it', async () => {
  const world = await openWorld()
  for (let call = 0; call < 4; call += 1) await world.ask(0, 1)
  await world.take(act('die'))
  await askOften(world, 1)
  const before = world.used
  expect(before).toBeLessThanOrEqual(LIMIT)
  await world.wait(72_000)
  await askOften(world, 1)
  expect(world.used - before).toBe(LIMIT)
})

test('slots of a process that died are there again when its lease has ended', async () => {
  const world = new PermitWorld(redis, 'slots', 5)
  await world.open()
  for (let call = 0; call < 5; call += 1) await world.ask(0, 1)
  await world.take(act('die'))
  await world.wait(9_000)
  for (let call = 0; call < 5; call += 1) await world.ask(1, 1)
  expect(world.most()).toBe(0)
  await world.wait(2_000)
  for (let call = 0; call < 10; call += 1) await world.ask(1, 1)
  expect(world.most()).toBe(5)
})

test('a process that could not reach Redis for long uses nothing of its old lease', async () => {
  const world = await openWorld()
  await world.ask(0, 1)
  await world.wait(72_000)
  await askOften(world, 1)
  expect(world.most()).toBe(LIMIT)
  await world.take(act('call'))
  expect(world.most()).toBe(LIMIT)
})

test('a report that comes late changes nothing', async () => {
  const world = await openWorld()
  await world.take(act('stick'))
  await world.ask(0, 5)
  await world.take(act('unstick'))
  await askOften(world, 1)
  for (let call = 0; call < LIMIT; call += 1) await world.take(act('call'))
  expect(world.most()).toBeGreaterThan(LIMIT / 2)
  expect(world.most()).toBeLessThanOrEqual(LIMIT)
})

test('where the clock of Redis goes back by hours, permits return after a minute all the same', async () => {
  const world = await openWorld()
  await askOften(world, 0)
  for (let times = 0; times < 200; times += 1) await world.take(act('clock-back', 0, 1_000))
  await world.report()
  await world.wait(59_000)
  await askOften(world, 0)
  expect(world.used).toBe(LIMIT)
  await world.wait(2_000)
  await askOften(world, 0)
  expect(world.used).toBe(2 * LIMIT)
})
