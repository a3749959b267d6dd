import type { RoutingQualityService } from '../modules/routing-quality/index.ts'
import { learnQualityQueue } from '../../shared/queues/learn-quality.queue.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { implementJob } from './implement-job.ts'

interface Deps {
  readonly routingQuality: RoutingQualityService
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly logger: Logger
}

/** May run at any time, in several workers at once. */
export function learnQualityJob({ routingQuality, listWorkspaceIds, logger }: Deps) {
  return implementJob(learnQualityQueue, async () => {
    for (const workspaceId of await listWorkspaceIds()) {
      try {
        await routingQuality.learn(workspaceId)
      } catch (error) {
        // One workspace's trouble must not keep the others waiting; what was learned before goes on being served.
        logger.warn({ err: error, workspaceId }, 'nothing could be learned from the scores of a workspace')
      }
    }
  })
}
