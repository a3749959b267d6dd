import type { ReconciliationsService } from '../modules/reconciliations/index.ts'
import { reconcileQueue } from '../../shared/queues/reconcile.queue.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { implementJob, RunLater } from './implement-job.ts'
import type { RunRound } from './rounds.ts'

interface ReconcileDeps {
  readonly reconciliations: Pick<ReconciliationsService, 'reconcile'>
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly runRound: RunRound
  readonly logger: Logger
}

/** Where something does not match, a workspace takes seconds, mostly of waiting. */
const AT_ONCE = 4
const MOST_MS = 5_000

export function reconcileJob({ reconciliations, listWorkspaceIds, runRound, logger }: ReconcileDeps) {
  return implementJob(reconcileQueue, async () => {
    const round = { name: 'reconcile', ids: await listWorkspaceIds(), mostMs: MOST_MS, atOnce: AT_ONCE }
    if (!(await runRound(round, reconcile))) throw new RunLater(0)
  })

  async function reconcile(workspaceId: string): Promise<void> {
    const { state, accounts, mismatches } = await reconciliations.reconcile(workspaceId)
    // A person must look at it, and may repair it; there is an alert, too.
    if (state === 'drift') logger.error({ workspaceId, accounts, mismatches }, 'the books do not match')
  }
}
