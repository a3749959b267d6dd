import type { EvaluationsService } from '../modules/evaluations/index.ts'
import { judgeGenerationQueue } from '../../shared/queues/evaluations.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'

/** A judgement that fails for good is recorded by the last attempt; none may be given up without that. */
const NEVER = 1_000_000

/** Workspaces have rates of their own; this is how many judges a worker waits for at one time. */
export function judgeGenerationJob(evaluations: EvaluationsService) {
  return implementJob(
    judgeGenerationQueue,
    async (judgement, { isLastAttempt }) => {
      const result = await evaluations.judgeGeneration({ ...judgement, isLastAttempt })
      if (result.type === 'later') throw new RunLater(result.waitMs)
    },
    { concurrency: 32, maxStalledCount: NEVER },
  )
}
