import type { EvaluationsService } from '../modules/evaluations/index.ts'
import { recordScoreQueue, type ScoreOutcome } from '../../shared/queues/record-score.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'

/** A response's record is on its way for a moment: it is looked for over so long, and so often. */
const LOOK_FOR_MS = 5_000
const LOOK_EVERY_MS = 250

export function recordScoreJob(evaluations: EvaluationsService) {
  return implementJob(
    recordScoreQueue,
    async ({ workspaceId, ...score }, run): Promise<ScoreOutcome> => {
      const outcome = await evaluations.recordScore.custom(workspaceId, score)
      if (outcome.type === 'response-not-found' && run.ageMs < LOOK_FOR_MS) throw new RunLater(LOOK_EVERY_MS)
      return outcome
    },
    { concurrency: 16 },
  )
}
