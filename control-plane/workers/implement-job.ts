import { UnrecoverableError, Worker, type WorkerOptions } from 'bullmq'
import type { QueueDefinition } from '../../shared/queues/define-queue.ts'
import type { Redis } from '../../shared/redis/connect.ts'
import { QUEUE_PREFIX } from '../../shared/redis/keys.ts'
import type { Logger } from '../../shared/runtime/logger.ts'

/**
 * A worker that was killed loses its lock after this long, and another one looks for such jobs this often: together
 * less than fifteen seconds until they run again.
 */
const LOCK_MS = 8_000
const LOOK_FOR_STALLED_MS = 4_000

export interface JobImplementation<Payload> {
  readonly queue: QueueDefinition<Payload, unknown>
  readonly handler: (payload: Payload) => Promise<void>
  readonly concurrency: number
  /** How often a job may lose its worker before it is given up. */
  readonly maxStalledCount: number
}

export interface RunningJob {
  /** Ends the jobs under way, takes no new ones. */
  close(): Promise<void>
}

/** Joins a queue to its handler. Handlers may run twice with one payload and must not mind. */
export function implementJob<Payload>(
  queue: QueueDefinition<Payload, unknown>,
  handler: (payload: Payload) => Promise<void>,
  options: { concurrency?: number; maxStalledCount?: number } = {},
): JobImplementation<Payload> {
  return { queue, handler, concurrency: options.concurrency ?? 1, maxStalledCount: options.maxStalledCount ?? 3 }
}

/** Starts to take jobs from a queue. */
export function runJob<Payload>(
  { queue, handler, concurrency, maxStalledCount }: JobImplementation<Payload>,
  { redis, logger }: { redis: Redis; logger: Logger },
): RunningJob {
  const options: WorkerOptions = {
    connection: redis,
    prefix: QUEUE_PREFIX,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: LOOK_FOR_STALLED_MS,
    maxStalledCount,
    skipVersionCheck: true,
  }
  const worker = new Worker(
    queue.name,
    async (job) => {
      const parsed = queue.payload.safeParse(job.data)
      if (!parsed.success) {
        logger.error(
          { queue: queue.name, job: job.id, issues: parsed.error.issues.slice(0, 3) },
          'a job has no valid payload',
        )
        throw new UnrecoverableError('the payload does not have the agreed form')
      }
      await handler(parsed.data)
    },
    options,
  )
  worker.on('failed', (job, error) => {
    if (error instanceof UnrecoverableError) return
    logger.warn({ err: error, queue: queue.name, job: job?.id, attempt: job?.attemptsMade }, 'a job failed')
  })
  // Lost connections; the worker comes back by itself.
  worker.on('error', (error) => logger.warn({ err: error, queue: queue.name }, 'a worker is in trouble'))
  return { close: () => worker.close() }
}
