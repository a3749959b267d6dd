import { openQueue, type QueueDefinition, type QueueSender } from '../shared/queues/define-queue.ts'
import type { Redis } from '../shared/redis/connect.ts'

/** The sending ends of queues, closed together. */
export interface Queues {
  open<Payload, Sent>(definition: QueueDefinition<Payload, Sent>): QueueSender<Sent>
  close(): Promise<void>
}

export function createQueues(redis: Redis): Queues {
  const opened: { close(): Promise<void> }[] = []
  return {
    open(definition) {
      const queue = openQueue(definition, redis)
      opened.push(queue)
      return queue
    },
    async close() {
      await Promise.all(opened.map((queue) => queue.close()))
    },
  }
}
