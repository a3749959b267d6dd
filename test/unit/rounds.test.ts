import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRunRound, type RoundPlaces } from '../../control-plane/workers/rounds.ts'
import { createLogger } from '../../shared/runtime/logger.ts'

function createWorld() {
  const known = new Map<string, string>()
  const places: RoundPlaces = {
    read: async (name) => known.get(name) ?? null,
    async write(name, place) {
      if (place === null) known.delete(name)
      else known.set(name, place)
    },
  }
  const time = { ms: 0 }
  const clock = { now: () => time.ms, monotonicMs: () => time.ms }
  return { known, time, runRound: createRunRound({ places, clock, logger: createLogger('test', 'silent') }) }
}

test('over one job or many, each is done once a round, a bounded number at once, whichever of them fail', async () => {
  const given = fc.record({
    ids: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 40 }),
    atOnce: fc.integer({ min: 1, max: 5 }),
    mostMs: fc.integer({ min: 0, max: 10 }),
    fails: fc.func(fc.boolean()),
  })
  const property = fc.asyncProperty(given, async ({ ids, atOnce, mostMs, fails }) => {
    const { known, time, runRound } = createWorld()
    const done: string[] = []
    let [underWay, most, jobs] = [0, 0, 0]
    const work = async (id: string): Promise<void> => {
      underWay += 1
      most = Math.max(most, underWay)
      await Promise.resolve()
      time.ms += 1
      underWay -= 1
      done.push(id)
      if (fails(id)) throw new Error('as it was told to')
    }
    do jobs += 1
    while (!(await runRound({ name: 'test', ids, mostMs, atOnce }, work)))
    expect(done.toSorted()).toEqual(ids.toSorted())
    expect(most).toBeLessThanOrEqual(atOnce)
    expect(jobs).toBeLessThanOrEqual(Math.ceil(ids.length / Math.max(1, Math.min(mostMs, ids.length))) + 1)
    expect(known.size).toBe(0)
  })
  await fc.assert(property, { numRuns: 100 })
})

test('a job begins nothing when its time is over, and the next one goes on behind what was done', async () => {
  const { time, runRound } = createWorld()
  const done: string[] = []
  const work = async (id: string): Promise<void> => {
    done.push(id)
    time.ms += 3
  }
  const round = { name: 'test', ids: ['d', 'b', 'a', 'c'], mostMs: 5, atOnce: 1 }
  expect([await runRound(round, work), done]).toEqual([false, ['a', 'b']])
  // One that came meanwhile has its turn in the next round.
  expect(await runRound({ ...round, ids: ['aa', ...round.ids] }, work)).toBe(true)
  expect(done).toEqual(['a', 'b', 'c', 'd'])
})
