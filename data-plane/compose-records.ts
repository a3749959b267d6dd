import { openQueue } from '../shared/queues/define-queue.ts'
import { createGenerationBatches } from '../shared/queues/generation-batches.ts'
import { generationsQueue } from '../shared/queues/generations.queue.ts'
import type { Redis } from '../shared/redis/connect.ts'
import type { CreateId } from '../shared/runtime/id.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import type { LeaseKeeper } from './leases/lease-keeper.ts'
import { createGenerationLog, type GenerationLog } from './settle/enqueue-generation.ts'
import { createGenerationSpool } from './settle/generation-spool.ts'
import { createRecordHandover } from './settle/hand-over-records.ts'
import { followRecords } from './settle/settle-money.ts'

interface RecordsDeps {
  readonly spoolDirectory: string
  readonly leases: LeaseKeeper
  readonly queueRedis: Redis
  readonly createId: CreateId
  readonly logger: Logger
}

/** Builds the way of records: memory, Redis or the disk, the workers. */
export function composeRecords({ spoolDirectory, leases, queueRedis, createId, logger }: RecordsDeps): GenerationLog {
  const queue = openQueue(generationsQueue, queueRedis)
  const handover = createRecordHandover({
    batches: createGenerationBatches(queueRedis),
    queue,
    spool: createGenerationSpool({ directory: spoolDirectory, logger }),
    createId,
    logger,
    ...followRecords(leases),
  })
  const log = createGenerationLog(handover)
  return {
    add: log.add,
    async close() {
      await log.close()
      await queue.close()
    },
  }
}
