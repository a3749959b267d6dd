import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PERIOD_MS, type StickyAssignments } from '../../shared/ab-tests/sticky-assignments.ts'
import { enrolmentsKey } from '../../shared/redis/keys.ts'
import {
  byWeights,
  countAsked,
  offerOf,
  someUnit,
  START,
  startStickyWorld,
  type StickyWorld,
} from '../helpers/sticky-world.ts'

let world: StickyWorld
beforeAll(async () => {
  world = await startStickyWorld()
})
afterAll(() => world.stop())

test('a unit keeps its first variant in every process, whatever the weights say later', async () => {
  const unit = someUnit()
  expect(await world.startProcess(0).sticky.find(unit, offerOf('a'))).toEqual({
    variantId: 'a',
    propensity: 0.5,
    weightsVersion: 0,
    stored: true,
  })
  const later = { ...unit, weightsVersion: 1 }
  expect(await world.startProcess(1).sticky.find(later, offerOf('b'))).toMatchObject({
    variantId: 'a',
    weightsVersion: 0,
  })
})

test('of a hundred first calls at one time in two processes with other weights, all get one variant', async () => {
  const unit = someUnit()
  const [one, other] = [world.startProcess(0).sticky, world.startProcess(1).sticky]
  const calls = Array.from({ length: 100 }, (_, index) =>
    index % 2 === 0 ? one.find(unit, offerOf('a')) : other.find({ ...unit, weightsVersion: 1 }, offerOf('b')),
  )
  const found = await Promise.all(calls)
  expect(new Set(found.map((each) => each?.variantId)).size).toBe(1)
  expect(found.every((each) => each?.stored)).toBe(true)
})

test('Redis is asked once for a unit that a process knows, and once more when the weights have changed', async () => {
  const unit = someUnit()
  const { sticky, redis } = world.startProcess(0)
  const find = (weightsVersion: number) => sticky.find({ ...unit, weightsVersion }, offerOf('a'))
  expect(await countAsked(redis, async () => [await find(0), await find(0), await find(0)])).toBe(1)
  expect(await countAsked(redis, async () => [await find(1), await find(1)])).toBe(1)
})

/*
 * The promise. Two processes hear of changes of weights when they happen to, and serve units meanwhile by what they
 * know; calls overlap. 60 runs of up to 60 steps take about a third of a second: each step waits for Redis.
 */
test('no enrolled unit moves, in any sequence of weight changes and exposures over two processes', async () => {
  const weights = fc
    .array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 3 })
    .filter((parts) => parts.some((part) => part > 0))
  const step = fc.oneof(
    { weight: 1, arbitrary: fc.record({ type: fc.constant('change' as const), weights }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('hear' as const), index: fc.constantFrom(0, 1) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('expose' as const),
        calls: fc.array(fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 9 })), {
          minLength: 1,
          maxLength: 6,
        }),
      }),
    },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const run = createRun()
      for (const each of steps) {
        if (each.type === 'change') run.changeWeights(each.weights)
        else if (each.type === 'hear') run.hear(each.index)
        else await Promise.all(each.calls.map(([index, unit]) => run.expose(index, `unit-${unit}`)))
      }
      for (const variants of run.seen.values()) expect(variants.size).toBe(1)
    }),
    { numRuns: 60 },
  )
})

/** A test whose weights change, two processes that know an older or the newest form of it, and what units saw. */
function createRun() {
  const { testId } = someUnit()
  const versions = [[1, 1, 1]]
  // One forgets most of what it has asked: it keeps two units.
  const processes = [
    { sticky: world.startProcess(0).sticky, version: 0 },
    { sticky: world.startProcess(1, { mostKnown: 2 }).sticky, version: 0 },
  ]
  const seen = new Map<string, Set<string>>()
  return {
    seen,
    changeWeights: (weights: number[]) => versions.push(weights),
    hear(index: number) {
      const process = processes[index]
      if (process) process.version = versions.length - 1
    },
    async expose(index: number, unitId: string) {
      const { sticky, version } = processes[index] ?? { sticky: world.startProcess(0).sticky, version: 0 }
      const unit = { workspaceId: 'workspace', testId, unitId, weightsVersion: version }
      const found = await sticky.find(unit, byWeights(unit, versions[version] ?? []))
      if (!found?.stored) throw new Error('Redis answers, and every variant stays')
      seen.set(unitId, (seen.get(unitId) ?? new Set()).add(found.variantId))
    },
  }
}

test('a weight of 0 sends nobody new to a variant, and leaves it those it has', async () => {
  const { sticky } = world.startProcess(0)
  const { testId } = someUnit()
  const findAll = (weightsVersion: number, parts: number[], prefix: string) =>
    Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const unit = { workspaceId: 'workspace', testId, unitId: `${prefix}-${index}`, weightsVersion }
        return (await sticky.find(unit, byWeights(unit, parts)))?.variantId
      }),
    )
  const before = await findAll(0, [1, 1], 'early')
  expect(await findAll(1, [1, 0], 'early')).toEqual(before)
  expect(new Set(before)).toEqual(new Set(['variant-0', 'variant-1']))
  expect(new Set(await findAll(1, [1, 0], 'late'))).toEqual(new Set(['variant-0']))
})

test('a variant that the test no longer has loses its units once, to one variant in all processes', async () => {
  const unit = someUnit()
  const [one, other] = [world.startProcess(0).sticky, world.startProcess(1).sticky]
  await one.find(unit, offerOf('a'))
  const without = { ...unit, weightsVersion: 1 }
  const found = await Promise.all([
    one.find(without, offerOf('b', ['b', 'c'])),
    other.find(without, offerOf('c', ['b', 'c'])),
  ])
  expect(new Set(found.map((each) => each?.variantId)).size).toBe(1)
  // It came back: that moves nobody a second time.
  const again = { ...unit, weightsVersion: 2 }
  for (const sticky of [one, other]) expect(await sticky.find(again, offerOf('a'))).toEqual(found[0])
})

test('a process that has not heard of a variant does not take its units away', async () => {
  const unit = someUnit()
  const fresh = world.startProcess(0).sticky
  const stale = world.startProcess(1).sticky
  await fresh.find({ ...unit, weightsVersion: 5 }, offerOf('new', ['new', 'a']))
  const served = await stale.find({ ...unit, weightsVersion: 4 }, offerOf('a', ['a', 'b']))
  expect(served).toMatchObject({ variantId: 'a', stored: false })
  expect(await stale.find({ ...unit, weightsVersion: 5 }, offerOf('a', ['new', 'a']))).toMatchObject({
    variantId: 'new',
    stored: true,
  })
})

test('a unit outside of the covered part is asked for anew after a while, and stays once it takes part', async () => {
  const unit = someUnit()
  const { sticky, clock, redis } = world.startProcess(0)
  expect(
    await countAsked(redis, async () => [
      await sticky.find(unit, offerOf(null)),
      await sticky.find(unit, offerOf(null)),
    ]),
  ).toBe(1)
  expect(await world.startProcess(1).sticky.find(unit, offerOf('a'))).toMatchObject({ variantId: 'a' })
  clock.ms += 10_001
  expect(await sticky.find(unit, offerOf(null))).toMatchObject({ variantId: 'a', stored: true })
})

test('a unit that was asked for is remembered over the next period, and later its keys are gone by themselves', async () => {
  const unit = someUnit()
  await world.startProcess(0).sticky.find(unit, offerOf('a'))
  for (const periods of [1, 2, 3]) {
    const later = world.startProcess(1)
    later.clock.ms = START + periods * PERIOD_MS
    expect(await later.sticky.find(unit, offerOf('b'))).toMatchObject({ variantId: 'a' })
  }
  const muchLater = world.startProcess(1)
  muchLater.clock.ms = START + 5 * PERIOD_MS
  expect(await muchLater.sticky.find(unit, offerOf('b'))).toMatchObject({ variantId: 'b' })
  const period = Math.floor(START / PERIOD_MS)
  const ttl = await world.startProcess(0).redis.pttl(enrolmentsKey('workspace', unit.testId, period))
  expect(ttl).toBeGreaterThan(2 * PERIOD_MS - PERIOD_MS / 2)
  expect(ttl).toBeLessThanOrEqual(3 * PERIOD_MS)
})

test('a process that served a unit over the end of a period has it remembered in the new one', async () => {
  const unit = someUnit()
  const { sticky, clock, redis } = world.startProcess(0)
  await sticky.find(unit, offerOf('a'))
  clock.ms += PERIOD_MS
  await sticky.find(unit, offerOf('a'))
  const period = Math.floor(clock.ms / PERIOD_MS)
  expect(await redis.hexists(enrolmentsKey('workspace', unit.testId, period), unit.unitId)).toBe(1)
})

test('what was written last counts, where a unit was forgotten between two periods', async () => {
  const unit = someUnit()
  await world.startProcess(0).sticky.find(unit, offerOf('a'))
  const [early, late] = [world.startProcess(0), world.startProcess(1)]
  early.clock.ms += 2 * PERIOD_MS
  late.clock.ms += PERIOD_MS
  expect(await early.sticky.find(unit, offerOf('b'))).toMatchObject({ variantId: 'b' })
  expect(await late.sticky.find(unit, offerOf('c'))).toMatchObject({ variantId: 'b' })
})

test('processes whose clocks are in two periods give a unit one variant', async () => {
  const [unit, removed] = [someUnit(), someUnit()]
  const [late, early] = [world.startProcess(0), world.startProcess(1)]
  early.clock.ms += PERIOD_MS
  await early.sticky.find(unit, offerOf('a'))
  expect(await late.sticky.find(unit, offerOf('b'))).toMatchObject({ variantId: 'a' })
  await late.sticky.find(removed, offerOf('a'))
  const without = { ...removed, weightsVersion: 1 }
  expect(await early.sticky.find(without, offerOf('b', ['b', 'c']))).toMatchObject({ variantId: 'b' })
  expect(await late.sticky.find(without, offerOf('c', ['b', 'c']))).toMatchObject({ variantId: 'b' })
})

test('a test with too many units keeps those it has, and tells that others are not stored', async () => {
  const { testId } = someUnit()
  const sticky = world.startProcess(0, { mostStored: 2 }).sticky
  const other = world.startProcess(1, { mostStored: 2 }).sticky
  const find = (asked: StickyAssignments, unitId: string, variantId: string) =>
    asked.find({ workspaceId: 'workspace', testId, unitId, weightsVersion: 0 }, offerOf(variantId))
  const stored = [await find(sticky, '1', 'a'), await find(sticky, '2', 'a'), await find(sticky, '3', 'a')]
  expect(stored.map((each) => each?.stored)).toEqual([true, true, false])
  expect(await find(other, '1', 'b')).toMatchObject({ variantId: 'a', stored: true })
  expect(await find(other, '3', 'b')).toMatchObject({ variantId: 'b', stored: false })
})

test('two workspaces and two tests do not share units', async () => {
  const unit = someUnit()
  const { sticky } = world.startProcess(0)
  await sticky.find(unit, offerOf('a'))
  expect(await sticky.find({ ...unit, workspaceId: 'other' }, offerOf('b'))).toMatchObject({ variantId: 'b' })
  expect(await sticky.find({ ...unit, testId: `${unit.testId}-2` }, offerOf('c'))).toMatchObject({ variantId: 'c' })
})
