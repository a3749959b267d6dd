import type { Redis } from '../../shared/redis/connect.ts'
import { PROCESSES_KEY } from '../../shared/redis/keys.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Logger } from '../../shared/runtime/logger.ts'

/** How many data-plane processes there are: among so many the limits are shared out while Redis is away. */
export interface ProcessCount {
  /** As it was known last. */
  readonly count: number
  /** Says that this process is there, and counts the others. */
  refresh(): Promise<void>
  leave(): Promise<void>
}

interface CountDeps {
  readonly redis: Redis
  /** Names this process. */
  readonly processId: string
  /** Those that are known to be there without asking: this one, and its siblings on one port. */
  readonly atLeast: number
  readonly clock: Clock
  readonly logger: Logger
}

/** Not heard of for so long: it is gone. Wide, because hosts' clocks differ. */
const HEARD_FOR_MS = 30_000

export function createProcessCount({ redis, processId, atLeast, clock, logger }: CountDeps): ProcessCount {
  let count = atLeast
  return {
    get count() {
      return count
    },
    async refresh() {
      if (redis.status !== 'ready') return
      try {
        const now = clock.now()
        await Promise.all([
          redis.zadd(PROCESSES_KEY, now, processId),
          redis.zremrangebyscore(PROCESSES_KEY, '-inf', now - HEARD_FOR_MS),
        ])
        count = Math.max(atLeast, await redis.zcard(PROCESSES_KEY))
      } catch (error) {
        logger.debug({ err: error }, 'the processes are not counted at the moment')
      }
    },
    async leave() {
      if (redis.status !== 'ready') return
      await redis.zrem(PROCESSES_KEY, processId).catch((error: unknown) => {
        logger.debug({ err: error }, 'this process is counted for a while after its end')
      })
    },
  }
}
