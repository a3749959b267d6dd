import { Queue } from 'bullmq'
import type { QueueDefinition } from '../../shared/queues/define-queue.ts'
import type { Redis } from '../../shared/redis/connect.ts'
import { QUEUE_PREFIX } from '../../shared/redis/keys.ts'

/** Has a job put into its queue every so often, once for all workers together. */
export async function scheduleEvery(definition: QueueDefinition<object>, everyMs: number, redis: Redis): Promise<void> {
  const queue = new Queue(definition.name, { connection: redis, prefix: QUEUE_PREFIX, skipVersionCheck: true })
  queue.on('error', () => undefined)
  try {
    const template = { name: definition.name, data: {}, opts: definition.jobOptions }
    await queue.upsertJobScheduler(definition.name, { every: everyMs }, template)
  } finally {
    await queue.close()
  }
}
