import { rm } from 'node:fs/promises'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkpointLedgersJob } from '../../control-plane/workers/checkpoint-ledgers.job.ts'
import { runJob } from '../../control-plane/workers/implement-job.ts'
import { createRoundPlaces, createRunRound } from '../../control-plane/workers/rounds.ts'
import { scheduleEvery } from '../../control-plane/workers/schedule.ts'
import { checkpointLedgersQueue } from '../../shared/queues/checkpoint-ledgers.queue.ts'
import { QUEUE_PREFIX, roundPlaceKey } from '../../shared/redis/keys.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { connectServer, type Server } from '../helpers/connect-server.ts'
import { startTestRedis, temporaryDirectory, type TestRedis } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let directory: string
let server: TestRedis
let redis: Server
beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startTestRedis(directory)
  redis = connectServer({ url: server.url, name: 'test', mode: 'patient' })
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

test('a round that is longer than its job goes on at once, job by job, and one workspace that fails stops no other', async () => {
  const logger = createLogger('test', 'silent')
  const ids = Array.from({ length: 20 }, (_nothing, index) => `workspace-${String(index).padStart(2, '0')}`)
  const done: string[] = []
  let [lists, folds] = [0, 0]
  const keepCheckpoint = async (id: string): Promise<boolean> => {
    done.push(id)
    if (id.endsWith('3')) throw new Error('as it was told to')
    return true
  }
  const job = checkpointLedgersJob({
    billing: { keepCheckpoint },
    budgets: { foldOld: async () => (folds += 1) },
    listWorkspaceIds: async () => ((lists += 1), ids),
    runRound: createRunRound({ places: createRoundPlaces(redis), clock: systemClock, logger }),
    mostMs: 0,
  })
  const running = runJob(job, { redis, logger })
  const schedule = await scheduleEvery(checkpointLedgersQueue, 600_000, { redis, logger })
  await waitUntil(async () => folds === 1)
  expect(done).toEqual(ids)
  expect(lists).toBe(3)
  expect(await redis.exists(roundPlaceKey('checkpoint-ledgers'))).toBe(0)
  const queue = new Queue(checkpointLedgersQueue.name, {
    connection: redis,
    prefix: QUEUE_PREFIX,
    skipVersionCheck: true,
  })
  // The next one is the schedule's.
  await waitUntil(async () => (await queue.getActiveCount()) === 0)
  expect([await queue.getDelayedCount(), await queue.getFailedCount()]).toEqual([1, 0])
  await Promise.all([queue.close(), schedule.close(), running.close()])
})
