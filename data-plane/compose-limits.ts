import type { Redis } from '../shared/redis/connect.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { createLimitKeeper, type LimitKeeper } from './limits/limit-keeper.ts'
import { createPermitStore } from './limits/permit-store.ts'
import { createProcessCount } from './limits/process-count.ts'

interface LimitsDeps {
  readonly redis: Redis
  /** How many processes serve this one's port. */
  readonly siblings: number
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

/** Builds what holds this process's leases on rate limits and keeps them in step with Redis. */
export function composeLimits({ redis, siblings, clock, createId, logger }: LimitsDeps): {
  limits: LimitKeeper
  close: () => Promise<void>
} {
  const processId = createId()
  const processes = createProcessCount({ redis, processId, atLeast: siblings, clock, logger })
  const store = createPermitStore(redis, processId)
  const limits = createLimitKeeper({ store, processes, clock, logger })
  redis.on('ready', limits.syncAll)
  return {
    limits,
    async close() {
      redis.off('ready', limits.syncAll)
      await limits.close()
    },
  }
}
