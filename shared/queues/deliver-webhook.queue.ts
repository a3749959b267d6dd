import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/**
 * Tells an endpoint of an event, again and again until it gets through. What is tried when stands with the delivery, so
 * that the attempts here are for trouble of our own; a job that is lost is sent again by the sweep.
 */
export const deliverWebhookQueue = defineQueue({
  name: 'deliver-webhook',
  payload: z.object({
    workspaceId: z.string().min(1),
    deliveryId: z.string().min(1),
    /** Rises whenever a person asks for it again: jobs of before that do nothing. */
    round: z.number().int().nonnegative(),
  }),
  // One that failed for good must not keep the sweep from sending it again under its id.
  jobOptions: { attempts: 20, backoff: { type: 'exponential', delay: 500 }, removeOnFail: true },
})
