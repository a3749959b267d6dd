import { Queue, QueueEvents } from 'bullmq'
import type { z } from 'zod'
import { connectRedis, type Redis } from '../redis/connect.ts'
import { QUEUE_PREFIX } from '../redis/keys.ts'
import type { QueueDefinition } from './define-queue.ts'

/** A queue whose jobs are questions: whoever sends one waits for its result. For what is asked seldom. */
export interface QueueAsker<Sent, Result> {
  /** @throws Error where the job failed, or no result came in time */
  ask(payload: Sent): Promise<Result>
  close(): Promise<void>
}

interface AskOptions<Result> {
  readonly redisUrl: string
  readonly result: z.ZodType<Result>
  readonly limitMs: number
}

/** Opens the asking end of a queue; its connections are made when the first question is asked. */
export function openAskedQueue<Payload, Sent, Result>(
  definition: QueueDefinition<Payload, Sent>,
  { redisUrl, result, limitMs }: AskOptions<Result>,
): QueueAsker<Sent, Result> {
  let opened: ReturnType<typeof open> | null = null
  return {
    async ask(payload) {
      opened ??= open(definition, redisUrl)
      const { queue, events } = opened
      await events.waitUntilReady()
      const job = await queue.add(definition.name, payload)
      return result.parse(await job.waitUntilFinished(events, limitMs))
    },
    async close() {
      await opened?.close()
    },
  }
}

function open<Payload, Sent>({ name, jobOptions }: QueueDefinition<Payload, Sent>, redisUrl: string) {
  const redis: Redis = connectRedis({ url: redisUrl, name: `ask-${name}`, mode: 'patient' })
  const connection = { connection: redis, prefix: QUEUE_PREFIX, skipVersionCheck: true }
  const queue = new Queue(name, { ...connection, defaultJobOptions: jobOptions })
  const events = new QueueEvents(name, connection)
  // They come back by themselves; who waits is told in time that no result came.
  redis.on('error', () => undefined)
  queue.on('error', () => undefined)
  events.on('error', () => undefined)
  return {
    queue,
    events,
    async close() {
      await events.close()
      await queue.close()
      redis.disconnect()
    },
  }
}
