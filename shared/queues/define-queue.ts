import { Queue, type JobsOptions } from 'bullmq'
import type { z } from 'zod'
import type { Redis } from '../redis/connect.ts'
import { QUEUE_PREFIX } from '../redis/keys.ts'

/** A queue is a name and the shape of its payloads; both ends import it and neither imports the other. */
export interface QueueDefinition<Payload, Sent = Payload> {
  readonly name: string
  /** What a handler is given, and what a sender may leave out of it. */
  readonly payload: z.ZodType<Payload, Sent>
  readonly jobOptions: JobsOptions
}

/** Declares a queue. Jobs that are done leave; jobs that failed for good stay, up to a bound, to be looked at. */
export function defineQueue<Payload, Sent>(
  definition: Omit<QueueDefinition<Payload, Sent>, 'jobOptions'> & { jobOptions?: JobsOptions },
): QueueDefinition<Payload, Sent> {
  return {
    ...definition,
    jobOptions: { removeOnComplete: true, removeOnFail: { count: 10_000 }, ...definition.jobOptions },
  }
}

export interface QueueSender<Sent> {
  /** Resolves when Redis has the job. */
  send(payload: Sent, options?: JobsOptions): Promise<void>
  close(): Promise<void>
}

/** Opens the sending end of a queue. */
export function openQueue<Payload, Sent>(definition: QueueDefinition<Payload, Sent>, redis: Redis): QueueSender<Sent> {
  const queue = new Queue(definition.name, {
    connection: redis,
    prefix: QUEUE_PREFIX,
    defaultJobOptions: definition.jobOptions,
    skipVersionCheck: true,
  })
  // The connection's owner logs its errors; without a listener here they would end the process.
  queue.on('error', () => undefined)
  return {
    async send(payload, options) {
      await queue.add(definition.name, payload, options)
    },
    close: () => queue.close(),
  }
}
