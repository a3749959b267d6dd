import type { KeepContents } from '../modules/request-logs/index.ts'
import { shortenContentsQueue } from '../../shared/queues/shorten-contents.queue.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import { implementJob } from './implement-job.ts'

interface Deps {
  readonly contents: Pick<KeepContents, 'shorten'>
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly logger: Logger
}

/** May run at any time, in several workers at once. */
export function shortenContentsJob({ contents, listWorkspaceIds, logger }: Deps) {
  return implementJob(shortenContentsQueue, async () => {
    for (const workspaceId of await listWorkspaceIds()) {
      try {
        await contents.shorten(workspaceId)
      } catch (error) {
        // One workspace's trouble must not keep the others waiting; the next job tries again.
        logger.warn({ err: error, workspaceId }, 'the content of a workspace could not be made to expire')
      }
    }
  })
}
