import type { ReconciliationsService } from '../modules/reconciliations/index.ts'
import { reconcileQueue } from '../../shared/queues/reconcile.queue.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { implementJob } from './implement-job.ts'

interface ReconcileDeps {
  readonly reconciliations: ReconciliationsService
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly logger: Logger
}

/** Where something does not match, a workspace takes seconds, mostly of waiting. */
const AT_ONCE = 4

export function reconcileJob({ reconciliations, listWorkspaceIds, logger }: ReconcileDeps) {
  return implementJob(reconcileQueue, async () => {
    const waiting = (await listWorkspaceIds()).values()
    await Promise.all(Array.from({ length: AT_ONCE }, () => reconcileEach(waiting)))
  })

  async function reconcileEach(workspaceIds: Iterable<string>): Promise<void> {
    for (const workspaceId of workspaceIds) {
      try {
        const { state, accounts, mismatches } = await reconciliations.reconcile(workspaceId)
        // A person must look at it, and may repair it; there is an alert, too.
        if (state === 'drift') logger.error({ workspaceId, accounts, mismatches }, 'the books do not match')
      } catch (error) {
        // One workspace's trouble must not keep the others waiting; the next run tries again.
        logger.warn({ err: error, workspaceId }, 'a workspace could not be reconciled')
      }
    }
  }
}
