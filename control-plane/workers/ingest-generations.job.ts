import { UnrecoverableError } from 'bullmq'
import type { RequestLogsService } from '../modules/request-logs/index.ts'
import { UnreadableBatch, type GenerationBatches } from '../../shared/queues/generation-batches.ts'
import { generationsQueue, type Generation } from '../../shared/queues/generations.queue.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { implementJob } from './implement-job.ts'

interface IngestDeps {
  readonly requestLogs: RequestLogsService
  readonly batches: GenerationBatches
  readonly logger: Logger
}

/** These are money: a batch is never given up because the workers that had it died. */
const NEVER = 1_000_000

export function ingestGenerationsJob({ requestLogs, batches, logger }: IngestDeps) {
  return implementJob(
    generationsQueue,
    async ({ batchId }) => {
      const generations = await read(batchId)
      if (generations === null) {
        logger.info({ batchId }, 'a batch of records was ingested before, by a run that died before it could say so')
        return
      }
      await requestLogs.ingest(generations, batchId)
      await batches.remove(batchId)
    },
    { concurrency: 4, maxStalledCount: NEVER },
  )

  async function read(batchId: string): Promise<Generation[] | null> {
    try {
      return await batches.read(batchId)
    } catch (error) {
      if (!(error instanceof UnreadableBatch)) throw error
      logger.error({ batchId, err: error }, 'a batch of records cannot be read; it stays in Redis to be looked at')
      throw new UnrecoverableError(error.message)
    }
  }
}
