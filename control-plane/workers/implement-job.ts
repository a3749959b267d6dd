import { DelayedError, UnrecoverableError, Worker, type Job, type WorkerOptions } from 'bullmq'
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

/** Which run of its job a handler is called for. */
export interface JobRun {
  /** Since the job was sent, by the machines' clocks. */
  readonly ageMs: number
  /** Nobody tries again when this one fails. */
  readonly isLastAttempt: boolean
}

/** What a handler gives is the job's result, for whoever waits for it. */
export type JobHandler<Payload> = (payload: Payload, run: JobRun) => Promise<unknown>

/** Thrown by a handler that cannot do its work yet: the job comes again, and no attempt was used up. */
export class RunLater extends Error {
  readonly delayMs: number

  constructor(delayMs: number) {
    super(`to be run again in ${delayMs} ms`)
    this.delayMs = delayMs
  }
}

export interface JobImplementation<Payload> {
  readonly queue: QueueDefinition<Payload, unknown>
  readonly handler: JobHandler<Payload>
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
  handler: JobHandler<Payload>,
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
    async (job, token) => {
      const parsed = queue.payload.safeParse(job.data)
      if (!parsed.success) {
        logger.error(
          { queue: queue.name, job: job.id, issues: parsed.error.issues.slice(0, 3) },
          'a job has no valid payload',
        )
        throw new UnrecoverableError('the payload does not have the agreed form')
      }
      return putOffWhenAsked(job, token, () => handler(parsed.data, runOf(job)))
    },
    options,
  )
  worker.on('failed', (job, error) => {
    if (error instanceof UnrecoverableError || error instanceof DelayedError) return
    logger.warn({ err: error, queue: queue.name, job: job?.id, attempt: job?.attemptsMade }, 'a job failed')
  })
  // Lost connections; the worker comes back by itself.
  worker.on('error', (error) => logger.warn({ err: error, queue: queue.name }, 'a worker is in trouble'))
  return { close: () => worker.close() }
}

function runOf(job: Job): JobRun {
  return { ageMs: Date.now() - job.timestamp, isLastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1) }
}

async function putOffWhenAsked(job: Job, token: string | undefined, run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof RunLater)) throw error
    // By BullMQ's own clock, which is the machine's.
    await job.moveToDelayed(Date.now() + error.delayMs, token)
    throw new DelayedError()
  }
}
