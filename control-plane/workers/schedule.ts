import { Queue } from 'bullmq'
import type { QueueDefinition } from '../../shared/queues/define-queue.ts'
import type { Redis } from '../../shared/redis/connect.ts'
import { QUEUE_PREFIX } from '../../shared/redis/keys.ts'
import type { Logger } from '../../shared/runtime/logger.ts'

/** How long a schedule that Redis lost without losing the connection stays lost. */
const RENEW_EVERY_MS = 30_000

export interface Schedule {
  close(): Promise<void>
}

interface Deps {
  readonly redis: Redis
  readonly logger: Logger
}

/**
 * Has a job put into its queue every so often, once for all workers together. The schedule lives in Redis; a Redis that
 * came back empty is told again.
 */
export async function scheduleEvery(
  definition: QueueDefinition<object>,
  everyMs: number,
  { redis, logger }: Deps,
): Promise<Schedule> {
  const queue = new Queue(definition.name, { connection: redis, prefix: QUEUE_PREFIX, skipVersionCheck: true })
  queue.on('error', () => undefined)
  const template = { name: definition.name, data: {}, opts: definition.jobOptions }
  const renew = async (): Promise<void> => {
    await queue.upsertJobScheduler(definition.name, { every: everyMs }, template)
  }
  const renewLater = (): void => {
    renew().catch((error: unknown) => logger.warn({ err: error }, 'a schedule could not be renewed; it is tried again'))
  }
  await renew()
  redis.on('ready', renewLater)
  const timer = setInterval(renewLater, RENEW_EVERY_MS)

  return {
    async close() {
      clearInterval(timer)
      redis.off('ready', renewLater)
      await queue.close()
    },
  }
}
