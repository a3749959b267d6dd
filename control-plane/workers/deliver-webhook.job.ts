import type { WebhooksService } from '../modules/webhooks/index.ts'
import { deliverWebhookQueue } from '../../shared/queues/deliver-webhook.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'

/** A receiver that is slow holds one of these for as long as an attempt may take. */
const AT_A_TIME = 20
/** The number of attempts is bounded with the delivery. */
const NEVER = 1_000_000

export function deliverWebhookJob({ deliver }: WebhooksService) {
  return implementJob(
    deliverWebhookQueue,
    async (pointer) => {
      const progress = await deliver(pointer)
      if (progress.type === 'later') throw new RunLater(progress.waitMs)
    },
    { concurrency: AT_A_TIME, maxStalledCount: NEVER },
  )
}
