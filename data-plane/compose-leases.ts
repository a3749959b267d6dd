import { createCreditLeases } from '../shared/money/credit-leases.ts'
import type { Redis } from '../shared/redis/connect.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { followRecalls } from './leases/follow-recalls.ts'
import { createLeaseKeeper, type LeaseKeeper } from './leases/lease-keeper.ts'

interface LeasesDeps {
  readonly redis: Redis
  readonly subscription: Redis
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

/** Builds what holds this process's leases and keeps them in step with Redis. */
export function composeLeases({ redis, subscription, clock, createId, logger }: LeasesDeps): {
  leases: LeaseKeeper
  close: () => Promise<void>
} {
  const leases = createLeaseKeeper({ leases: createCreditLeases(redis, createId()), clock, logger })
  const stopFollowing = followRecalls({ subscription, recall: leases.recall, logger })
  redis.on('ready', leases.syncAll)
  return {
    leases,
    async close() {
      redis.off('ready', leases.syncAll)
      stopFollowing()
      await leases.close()
    },
  }
}
