import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** A repeated job: have every A/B test whose calls are counted looked at. */
export const analyseAbTestsQueue = defineQueue({ name: 'analyse-ab-tests', payload: z.object({}) })
