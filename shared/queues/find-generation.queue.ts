import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

const tokens = z.number().int().nonnegative()

/** What is kept of a call, as far as its caller asks for it later. */
export const foundGenerationSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('found'),
    generation: z.object({
      id: z.string().length(26),
      /** Null: nothing answered. */
      model: z.string().nullable(),
      gateway: z.string().nullable(),
      startedAt: z.number().int(),
      stream: z.boolean(),
      status: z.string(),
      finishReason: z.string().nullable(),
      latencyMs: z.number(),
      /** What the upstream asks; null: not known. */
      costNanodollars: z.number().int().nullable(),
      chargeNanodollars: z.number().int(),
      promptTokens: tokens,
      completionTokens: tokens,
      cachedTokens: tokens,
      reasoningTokens: tokens,
    }),
  }),
  z.object({ type: z.literal('not-found') }),
])
export type FoundGeneration = z.infer<typeof foundGenerationSchema>

/**
 * A caller's question for one of its calls. The data plane keeps no calls, so it waits for the worker's word; the job's
 * result is a `FoundGeneration`. It only reads.
 */
export const findGenerationQueue = defineQueue({
  name: 'find-generation',
  payload: z.object({
    workspaceId: z.string().min(1),
    /** The ULID alone, without a surface's prefix. */
    generationId: z.string().length(26),
  }),
  // Whoever waits for the result may look for it after the job has ended.
  jobOptions: { attempts: 10, backoff: { type: 'fixed', delay: 250 }, removeOnComplete: { age: 60 } },
})
