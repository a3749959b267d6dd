import type { RoutingQualityService } from '../modules/routing-quality/index.ts'
import { learnQualityQueue } from '../../shared/queues/learn-quality.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'
import type { RunRound } from './rounds.ts'

interface Deps {
  readonly routingQuality: RoutingQualityService
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly runRound: RunRound
}

const MOST_MS = 5_000

/** May run at any time, in several workers at once. What was learned before goes on being served meanwhile. */
export function learnQualityJob({ routingQuality, listWorkspaceIds, runRound }: Deps) {
  return implementJob(learnQualityQueue, async () => {
    const round = { name: 'learn-quality', ids: await listWorkspaceIds(), mostMs: MOST_MS }
    const isDone = await runRound(round, async (workspaceId) => void (await routingQuality.learn(workspaceId)))
    if (!isDone) throw new RunLater(0)
  })
}
