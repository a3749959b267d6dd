import { z } from 'zod'
import { defineQueue } from './define-queue.ts'

const generation = { workspaceId: z.string().min(1), generationId: z.string().length(26) }

/** Scores a response by every metric of its A/B test that needs no model; hands the others on. */
export const evaluateGenerationQueue = defineQueue({
  name: 'evaluate-generation',
  payload: z.object(generation),
  jobOptions: { attempts: 20, backoff: { type: 'exponential', delay: 500 } },
})

/** Scores a response by one metric that asks a model. */
export const judgeGenerationQueue = defineQueue({
  name: 'judge-generation',
  payload: z.object({ ...generation, metricId: z.string().min(1) }),
  jobOptions: { attempts: 5, backoff: { type: 'exponential', delay: 1_000 } },
})

/** Runs a batch of a benchmark run's cells: prompts by variants. */
export const runBenchmarkQueue = defineQueue({
  name: 'run-benchmark',
  payload: z.object({
    workspaceId: z.string().min(1),
    runId: z.string().min(1),
    batch: z.number().int().nonnegative(),
    /** Rises whenever the run is resumed: jobs of before that do nothing. */
    turn: z.number().int().nonnegative(),
  }),
  jobOptions: { attempts: 1_000, backoff: { type: 'fixed', delay: 1_000 } },
})

/** Brings the aggregates of an A/B test's variants up to date. */
export const aggregateVariantMetricsQueue = defineQueue({
  name: 'aggregate-variant-metrics',
  payload: z.object({ workspaceId: z.string().min(1), abTestId: z.string().min(1) }),
  jobOptions: { attempts: 5, backoff: { type: 'exponential', delay: 1_000 } },
})
