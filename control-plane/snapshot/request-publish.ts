import type { QueueSender } from '../../shared/queues/define-queue.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { SnapshotStates } from '../modules/snapshots/index.ts'

/** A worker starts on the job at once; a mutation does not wait for a Redis that is away. */
const SEND_LIMIT_MS = 1_000

export interface SnapshotWriter {
  /** Marks the workspace (or the catalog) dirty, makes the change, and asks for a new snapshot. */
  change<Result>(snapshotId: string, apply: () => Promise<Result>): Promise<Result>
  /** The first half, on its own. */
  markDirty(snapshotId: string): Promise<void>
  /** The second half, on its own. */
  requestPublish(snapshotId: string): Promise<void>
}

interface Deps {
  readonly states: SnapshotStates
  readonly queue: QueueSender<{ workspaceId: string }>
  readonly logger: Logger
}

/**
 * Every change that serving must see goes through here. The mark comes before the change, so that a crash anywhere
 * after it leaves something for the sweep to find; the request comes after it, so that the snapshot holds the change.
 */
export function createSnapshotWriter({ states, queue, logger }: Deps): SnapshotWriter {
  const writer: SnapshotWriter = {
    async change(snapshotId, apply) {
      await states.beginChange(snapshotId)
      try {
        return await apply()
      } finally {
        // Also when the change failed: some of it may have been made, and the writer is no longer at it.
        await writer.requestPublish(snapshotId)
      }
    },

    markDirty: (snapshotId) => states.beginChange(snapshotId),

    async requestPublish(snapshotId) {
      try {
        await states.endChange(snapshotId)
        await withinLimit(queue.send({ workspaceId: snapshotId }))
      } catch (error) {
        // The change is made and marked dirty: the sweep publishes it.
        logger.warn({ err: error, snapshotId }, 'a snapshot could not be asked for at once')
      }
    },
  }
  return writer
}

async function withinLimit(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${SEND_LIMIT_MS} ms`)), SEND_LIMIT_MS)
  })
  try {
    await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}
