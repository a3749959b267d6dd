import type { Logger } from '../../shared/runtime/logger.ts'
import type { Redis } from '../../shared/redis/connect.ts'
import { CATALOG, snapshotPointerKey, snapshotRevisionKey } from '../../shared/redis/keys.ts'
import { decodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import {
  catalogSnapshotSchema,
  snapshotPointerSchema,
  workspaceSnapshotSchema,
} from '../../shared/snapshot/snapshot-schema.ts'
import type { SnapshotDisk, StoredSnapshot } from './snapshot-disk.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/**
 * Brings snapshots from Redis into the store. A snapshot is validated whole before it replaces the one in service; a
 * missing, empty or invalid one replaces nothing. Refreshes of one workspace that come together become one.
 */
export interface SnapshotLoader {
  /**
   * Serves the revision the pointer names.
   *
   * @throws Error when Redis is away; a snapshot that is invalid is logged, and the last good one goes on serving
   */
  refresh(workspaceId: string): Promise<void>
  /** Puts the copies on disk in service, for a start while Redis is away. */
  restoreFromDisk(): Promise<void>
}

interface LoaderDeps {
  readonly redis: Redis
  readonly store: SnapshotStore
  readonly disk: SnapshotDisk
  readonly logger: Logger
}

export function createSnapshotLoader({ redis, store, disk, logger }: LoaderDeps): SnapshotLoader {
  const underWay = new Map<string, Promise<void>>()
  const askedAgain = new Set<string>()

  const load = async (workspaceId: string): Promise<void> => {
    const pointerText = await redis.get(snapshotPointerKey(workspaceId))
    if (pointerText === null) return
    const pointer = snapshotPointerSchema.safeParse(JSON.parse(pointerText))
    if (!pointer.success) return logger.error({ workspaceId }, 'snapshot pointer is invalid; the last one is kept')
    const { revision } = pointer.data
    if (revision === servedRevision(store, workspaceId)) return
    const bytes = await redis.get(snapshotRevisionKey(workspaceId, revision))
    if (bytes === null)
      return logger.warn({ workspaceId, revision }, 'snapshot revision is missing; the last one is kept')
    try {
      serve(store, { workspaceId, revision, bytes })
    } catch (error) {
      return logger.error({ workspaceId, revision, err: error }, 'snapshot is invalid; the last one is kept')
    }
    disk.save(workspaceId, { revision, bytes })
  }

  const run = async (workspaceId: string): Promise<void> => {
    try {
      do {
        askedAgain.delete(workspaceId)
        await load(workspaceId)
      } while (askedAgain.has(workspaceId))
    } finally {
      underWay.delete(workspaceId)
      askedAgain.delete(workspaceId)
    }
  }

  return {
    refresh(workspaceId) {
      const running = underWay.get(workspaceId)
      if (running) {
        // The pointer may have moved after the running one read it.
        askedAgain.add(workspaceId)
        return running
      }
      const started = run(workspaceId)
      underWay.set(workspaceId, started)
      return started
    },
    async restoreFromDisk() {
      for (const { workspaceId, revision, bytes } of await disk.readAll()) {
        try {
          serve(store, { workspaceId, revision, bytes })
        } catch (error) {
          logger.warn({ workspaceId, err: error }, 'the copy of a snapshot on disk is unreadable and was left out')
        }
      }
    },
  }
}

function servedRevision(store: SnapshotStore, workspaceId: string): string | null | undefined {
  return workspaceId === CATALOG ? store.catalogRevision : store.findWorkspace(workspaceId)?.revision
}

/** @throws Error when the snapshot is not whole or not of this workspace */
function serve(store: SnapshotStore, { workspaceId, revision, bytes }: StoredSnapshot): void {
  if (workspaceId === CATALOG) {
    store.setCatalog({ revision, snapshot: decodeSnapshot(catalogSnapshotSchema, bytes, revision) })
    return
  }
  const snapshot = decodeSnapshot(workspaceSnapshotSchema, bytes, revision)
  if (snapshot.workspaceId !== workspaceId) throw new Error(`the snapshot is of workspace ${snapshot.workspaceId}`)
  store.setWorkspace({ revision, snapshot })
}
