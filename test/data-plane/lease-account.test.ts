import { rm } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LeaseWorld, worldStep } from '../helpers/lease-world.ts'
import { connectServer, type Server } from '../helpers/connect-server.ts'
import { startTestRedis, temporaryDirectory, type TestRedis } from '../helpers/services.ts'

let directory: string
let server: TestRedis
let redis: Server
beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startTestRedis(directory)
  redis = connectServer({ url: server.url, name: 'test', mode: 'patient' })
  await redis.ping()
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

test('whatever processes, the worker and the network do, no money is sold twice, lost, or out of reach', async () => {
  // Little money for what is asked, or enough for slices.
  const start = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 300, max: 1_500 }))
  const steps = fc.array(worldStep, { maxLength: 80, size: 'max' })
  await fc.assert(
    fc.asyncProperty(start, steps, async (credits, actions) => {
      const world = new LeaseWorld(redis, credits)
      await world.open()
      for (const action of actions) {
        await world.take(action)
        expect(await world.findFaults()).toEqual([])
      }
      const { expected, live } = await world.close()
      expect(live).toMatchObject({ balance: expected, reserved: 0 })
      expect(expected <= 0 || (await world.spendAll(expected))).toBe(true)
    }),
    { numRuns: 150 },
  )
})
