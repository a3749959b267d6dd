import type { Clock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import { whenRedisReady, type Redis } from '../shared/redis/connect.ts'
import { CATALOG } from '../shared/redis/keys.ts'
import { createKeyDirectory, type KeyDirectory } from './snapshot/key-directory.ts'
import { createSnapshotDisk } from './snapshot/snapshot-disk.ts'
import { createSnapshotLoader } from './snapshot/snapshot-loader.ts'
import { createSnapshotStore, type SnapshotStore } from './snapshot/snapshot-store.ts'
import { followSnapshots } from './snapshot/snapshot-subscriber.ts'

export interface Snapshots {
  readonly store: SnapshotStore
  readonly directory: KeyDirectory
  /** Loads what is there, from disk and then from Redis, and follows what comes. */
  start(): Promise<void>
  stop(): Promise<void>
}

interface SnapshotsDeps {
  readonly redis: Redis
  readonly subscription: Redis
  readonly clock: Clock
  readonly logger: Logger
  readonly diskDirectory: string
  readonly pollMs: number
}

/** A start waits this long for Redis; after that it serves what it has, and goes on trying. */
const REDIS_WAIT_MS = 2_000

/** Builds what brings snapshots into this process and keeps them fresh. */
export function composeSnapshots(deps: SnapshotsDeps): Snapshots {
  const { redis, subscription, clock, logger, diskDirectory, pollMs } = deps
  const store = createSnapshotStore()
  const disk = createSnapshotDisk({ directory: diskDirectory, logger })
  const loader = createSnapshotLoader({ redis, store, disk, logger })
  const directory = createKeyDirectory({ redis, store, loader, now: clock.now })
  let stopFollowing = (): void => undefined

  return {
    store,
    directory,
    async start() {
      await loader.restoreFromDisk()
      try {
        await Promise.all([redis, subscription].map((connection) => whenRedisReady(connection, REDIS_WAIT_MS)))
        await loader.refresh(CATALOG)
      } catch (error) {
        logger.warn({ err: error }, 'Redis is away: serving the snapshots kept on disk')
      }
      stopFollowing = followSnapshots({ subscription, loader, store, directory, logger, pollMs })
    },
    async stop() {
      stopFollowing()
      await disk.flush()
    },
  }
}
