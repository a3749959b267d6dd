import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** A repeated job: learns from the scores of every workspace what its models are good at. */
export const learnQualityQueue = defineQueue({ name: 'learn-quality', payload: z.object({}) })
