import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

/** What became of a score that a caller sent for one of its responses. */
export const scoreOutcomeSchema = z.discriminatedUnion('type', [
  /** `replaced`: there was one of this metric for this response, and it counts no more. */
  z.object({ type: z.literal('recorded'), replaced: z.boolean() }),
  z.object({ type: z.literal('response-not-found') }),
  /** The A/B test has no such metric. */
  z.object({ type: z.literal('unknown-metric') }),
])
export type ScoreOutcome = z.infer<typeof scoreOutcomeSchema>

/**
 * A caller's own score of a response. The data plane knows no responses, so it waits for the worker's word; the job's
 * result is a `ScoreOutcome`. Running it twice changes nothing.
 */
export const recordScoreQueue = defineQueue({
  name: 'record-score',
  payload: z.object({
    workspaceId: z.string().min(1),
    abTestId: z.string().min(1),
    /** The ULID alone, without a surface's prefix. */
    generationId: z.string().length(26),
    metricName: z.string().min(1).max(100),
    value: z.number(),
  }),
  // Whoever waits for the result may look for it after the job has ended.
  jobOptions: { attempts: 20, backoff: { type: 'fixed', delay: 250 }, removeOnComplete: { age: 60 } },
})
