import type { EvaluationsService } from '../modules/evaluations/index.ts'
import { evaluateGenerationQueue } from '../../shared/queues/evaluations.queue.ts'
import { implementJob } from './implement-job.ts'

/** Mostly waiting for the database: many at once share one processor, and one reading of a test's metrics. */
export function evaluateGenerationJob(evaluations: EvaluationsService) {
  return implementJob(
    evaluateGenerationQueue,
    ({ workspaceId, generationId }) => evaluations.evaluateGeneration(workspaceId, generationId),
    { concurrency: 32 },
  )
}
