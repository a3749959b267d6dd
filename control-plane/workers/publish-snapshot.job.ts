import type { PublishSnapshot } from '../snapshot/publish-snapshot.ts'
import { publishSnapshotQueue } from '../../shared/queues/publish-snapshot.queue.ts'
import { implementJob } from './implement-job.ts'

/** Several at once, also for one workspace: the pointer's script decides which snapshot is the later one. */
export function publishSnapshotJob(publishSnapshot: PublishSnapshot) {
  return implementJob(publishSnapshotQueue, async ({ workspaceId }) => void (await publishSnapshot(workspaceId)), {
    concurrency: 16,
  })
}
