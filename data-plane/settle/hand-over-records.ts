import type { QueueSender } from '../../shared/queues/define-queue.ts'
import type { GenerationBatches } from '../../shared/queues/generation-batches.ts'
import type { CreateId } from '../../shared/runtime/id.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { GenerationSpool } from './generation-spool.ts'
import type { BatchCharges } from './settle-money.ts'

/**
 * Hands batches of records over to the workers by Redis. A batch that Redis does not take goes to the spool on disk, and
 * back from there when Redis answers again.
 */
export interface RecordHandover {
  /** Resolves when the batch is in Redis, on disk, or lost; the memory of `records` may be used again then. */
  keep(records: Buffer, charges: BatchCharges): Promise<void>
  /** Resolves when nothing is under way. */
  close(): Promise<void>
}

interface HandoverDeps {
  readonly batches: GenerationBatches
  readonly queue: QueueSender<{ batchId: string }>
  readonly spool: GenerationSpool
  readonly createId: CreateId
  readonly logger: Logger
  /** Called with the charges of each batch when it is in Redis or on disk. */
  readonly onKept: (batchId: string, charges: BatchCharges) => void
  /** Called with those of each batch that neither took. */
  readonly onLost: (charges: BatchCharges) => void
}

const REPLAY_MS = 2_000

export function createRecordHandover({ batches, queue, spool, createId, logger, ...follow }: HandoverDeps) {
  let underWay = 0
  let whenDone: (() => void) | null = null

  const send = async (batchId: string, records: Buffer): Promise<void> => {
    // In this order on one connection: a worker that sees the job finds the records.
    const kept = batches.put(batchId, records)
    await Promise.all([kept, queue.send({ batchId })])
  }

  const replay = async (): Promise<void> => {
    try {
      const replayed = await spool.replay(send)
      if (replayed > 0) logger.warn({ batches: replayed }, 'spooled records were sent')
    } catch (error) {
      logger.debug({ err: error }, 'the spool waits for Redis')
    }
    replayTimer = setTimeout(() => void replay(), REPLAY_MS)
  }
  let replayTimer = setTimeout(() => void replay(), 0)

  return {
    async keep(records, charges) {
      underWay += 1
      const batchId = createId()
      try {
        await send(batchId, records).catch(async (error: unknown) => {
          logger.warn({ bytes: records.length, err: error }, 'Redis did not take a batch of records; spooling it')
          // Under the same id: the records may be in Redis all the same, and their charges count once.
          await spool.write(batchId, records)
        })
        follow.onKept(batchId, charges)
      } catch (error) {
        logger.error({ bytes: records.length, err: error }, 'records of calls were lost')
        follow.onLost(charges)
      } finally {
        underWay -= 1
        if (underWay === 0) whenDone?.()
      }
    },
    async close() {
      clearTimeout(replayTimer)
      if (underWay > 0) await new Promise<void>((resolve) => (whenDone = resolve))
    },
  } satisfies RecordHandover
}
