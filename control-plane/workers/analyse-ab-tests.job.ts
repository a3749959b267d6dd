import type { AnalysesService } from '../modules/analyses/index.ts'
import type { WorkspacesReadModel } from '../modules/workspaces/index.ts'
import { analyseAbTestsQueue } from '../../shared/queues/analyse-ab-tests.queue.ts'
import { aggregateVariantMetricsQueue } from '../../shared/queues/evaluations.queue.ts'
import { implementJob } from './implement-job.ts'

interface Modules {
  readonly analyses: { readonly service: AnalysesService; readonly enqueue: EnqueueAnalysis }
  readonly workspaces: { readonly readModel: WorkspacesReadModel }
}

/** One job at a time for each test. */
type EnqueueAnalysis = (workspaceId: string, abTestId: string) => Promise<void>

/** Every test is a job of its own, so that the trouble of one keeps no other waiting. */
export function analyseAbTestsJob({ analyses, workspaces }: Modules) {
  return implementJob(analyseAbTestsQueue, async () => {
    for (const workspaceId of await workspaces.readModel.listAllIds()) {
      for (const abTestId of await analyses.service.countedTests(workspaceId)) {
        await analyses.enqueue(workspaceId, abTestId)
      }
    }
  })
}

export function aggregateVariantMetricsJob(analyses: AnalysesService) {
  return implementJob(aggregateVariantMetricsQueue, (reference) => analyses.analyse(reference), { concurrency: 2 })
}
