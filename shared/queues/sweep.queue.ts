import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** A repeated job: republish dirty workspaces, give back expired reservations, mend balances. */
export const sweepQueue = defineQueue({ name: 'sweep', payload: z.object({}) })
