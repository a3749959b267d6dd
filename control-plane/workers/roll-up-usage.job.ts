import type { UsageService } from '../modules/usage/index.ts'
import { rollUpUsageQueue } from '../../shared/queues/roll-up-usage.queue.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { implementJob } from './implement-job.ts'

/** So many are asked about in one query. */
const WORKSPACES_AT_ONCE = 500

interface Deps {
  readonly usage: UsageService
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly logger: Logger
}

/** May run at any time, in several workers at once. */
export function rollUpUsageJob({ usage, listWorkspaceIds, logger }: Deps) {
  return implementJob(rollUpUsageQueue, async () => {
    const workspaceIds = await listWorkspaceIds()
    for (let first = 0; first < workspaceIds.length; first += WORKSPACES_AT_ONCE) {
      const dirty = await usage.dirtyWorkspaces(workspaceIds.slice(first, first + WORKSPACES_AT_ONCE))
      for (const workspaceId of dirty) await rollUp(workspaceId)
    }
  })

  async function rollUp(workspaceId: string): Promise<void> {
    try {
      await usage.rollUp(workspaceId)
    } catch (error) {
      // One workspace's trouble must not keep the others waiting; the next job tries again.
      logger.warn({ err: error, workspaceId }, 'the usage of a workspace could not be rolled up')
    }
  }
}
