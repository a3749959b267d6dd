import type { QueueSender } from '../../shared/queues/define-queue.ts'
import type { GenerationRecord } from '../../shared/queues/generations.queue.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { GenerationSpool } from './generation-spool.ts'

/**
 * Gathers the records of calls and sends them in batches: one Redis call for many. A batch that Redis does not take
 * goes to the spool on disk, and back from there when Redis answers again.
 */
export interface GenerationLog {
  add(generation: GenerationRecord): void
  /** Sends what waits; resolves when it is in Redis or on disk. */
  close(): Promise<void>
}

interface LogDeps {
  readonly queue: QueueSender<{ generations: GenerationRecord[] }>
  readonly spool: GenerationSpool
  readonly logger: Logger
  /** Called with each batch when it is in Redis or on disk. */
  readonly onKept: (generations: readonly GenerationRecord[]) => void
  /** Called with each batch that neither took. */
  readonly onLost: (generations: readonly GenerationRecord[]) => void
}

const BATCH_SIZE = 50
const BATCH_MS = 50
const REPLAY_MS = 2_000

export function createGenerationLog({ queue, spool, logger, onKept, onLost }: LogDeps): GenerationLog {
  let batch: GenerationRecord[] = []
  let timer: NodeJS.Timeout | null = null
  const underWay = new Set<Promise<void>>()

  const keep = async (generations: GenerationRecord[]): Promise<void> => {
    try {
      await queue.send({ generations })
    } catch (error) {
      logger.warn({ count: generations.length, err: error }, 'Redis did not take a batch of records; spooling it')
      await spool.write(generations)
    }
  }

  const flush = (): void => {
    if (timer) clearTimeout(timer)
    timer = null
    if (batch.length === 0) return
    const generations = batch
    batch = []
    const keeping = keep(generations)
      .then(
        () => onKept(generations),
        (error: unknown) => {
          logger.error({ count: generations.length, err: error }, 'records of calls were lost')
          onLost(generations)
        },
      )
      .finally(() => underWay.delete(keeping))
    underWay.add(keeping)
  }

  const replay = async (): Promise<void> => {
    try {
      const replayed = await spool.replay((generations) => queue.send({ generations }))
      if (replayed > 0) logger.warn({ replayed }, 'spooled records were sent')
    } catch (error) {
      logger.debug({ err: error }, 'the spool waits for Redis')
    }
    replayTimer = setTimeout(() => void replay(), REPLAY_MS)
  }
  let replayTimer = setTimeout(() => void replay(), 0)

  return {
    add(generation) {
      batch.push(generation)
      if (batch.length >= BATCH_SIZE) flush()
      else timer ??= setTimeout(flush, BATCH_MS)
    },
    async close() {
      clearTimeout(replayTimer)
      flush()
      await Promise.all(underWay)
    },
  }
}
