import type { AnalysesService } from '../modules/analyses/index.ts'
import { analyseAbTestsQueue } from '../../shared/queues/analyse-ab-tests.queue.ts'
import { aggregateVariantMetricsQueue } from '../../shared/queues/evaluations.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'
import type { RunRound } from './rounds.ts'

interface Deps {
  readonly analyses: { readonly service: Pick<AnalysesService, 'countedTests'>; readonly enqueue: EnqueueAnalysis }
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly runRound: RunRound
}

/** One job at a time for each test. */
type EnqueueAnalysis = (workspaceId: string, abTestId: string) => Promise<void>

const MOST_MS = 5_000

/** Every test is a job of its own, so that the trouble of one keeps no other waiting. */
export function analyseAbTestsJob({ analyses, listWorkspaceIds, runRound }: Deps) {
  return implementJob(analyseAbTestsQueue, async () => {
    const round = { name: 'analyse-ab-tests', ids: await listWorkspaceIds(), mostMs: MOST_MS }
    const isDone = await runRound(round, async (workspaceId) => {
      for (const abTestId of await analyses.service.countedTests(workspaceId)) {
        await analyses.enqueue(workspaceId, abTestId)
      }
    })
    if (!isDone) throw new RunLater(0)
  })
}

export function aggregateVariantMetricsJob(analyses: AnalysesService) {
  return implementJob(aggregateVariantMetricsQueue, (reference) => analyses.analyse(reference), { concurrency: 2 })
}
