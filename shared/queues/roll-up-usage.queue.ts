import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** A repeated job: have the usage of every workspace rolled up where records have come. */
export const rollUpUsageQueue = defineQueue({ name: 'roll-up-usage', payload: z.object({}) })
