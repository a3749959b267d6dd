import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** A repeated job: adds up what has come into the ledgers. */
export const checkpointLedgersQueue = defineQueue({ name: 'checkpoint-ledgers', payload: z.object({}) })
