import type { Redis } from '../../shared/redis/connect.ts'
import { CATALOG, SNAPSHOT_CHANNEL } from '../../shared/redis/keys.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { KeyDirectory } from './key-directory.ts'
import type { SnapshotLoader } from './snapshot-loader.ts'
import type { SnapshotStore } from './snapshot-store.ts'

interface SubscriberDeps {
  /** A connection of its own: one that subscribes can do nothing else. */
  readonly subscription: Redis
  readonly loader: SnapshotLoader
  readonly store: SnapshotStore
  readonly directory: KeyDirectory
  readonly logger: Logger
  readonly pollMs: number
}

/**
 * Keeps the store fresh: a message says "look", and a poll looks anyway, because pub/sub forgets whoever was away.
 *
 * @returns what to call to stop
 */
export function followSnapshots(deps: SubscriberDeps): () => void {
  const { subscription, loader, store, directory, logger, pollMs } = deps

  const look = (workspaceId: string): void => {
    loader
      .refresh(workspaceId)
      .catch((error: unknown) => logger.warn({ workspaceId, err: error }, 'could not refresh a snapshot'))
  }
  const lookAtAll = (): void => {
    directory.forgetUnknown()
    look(CATALOG)
    for (const workspaceId of store.workspaceIds) look(workspaceId)
  }

  subscription.on('message', (channel: string, workspaceId: string) => {
    // The connection brings other messages as well.
    if (channel !== SNAPSHOT_CHANNEL) return
    directory.forgetUnknown()
    if (workspaceId === CATALOG || store.findWorkspace(workspaceId)) look(workspaceId)
  })
  const subscribe = (): void => {
    subscription.subscribe(SNAPSHOT_CHANNEL).then(lookAtAll, (error: unknown) => {
      logger.warn({ err: error }, 'could not subscribe to snapshot changes; polling goes on')
    })
  }
  // Once now, and after every reconnection, when messages may have been missed.
  if (subscription.status === 'ready') subscribe()
  subscription.on('ready', subscribe)
  const poll = setInterval(lookAtAll, pollMs)
  return () => clearInterval(poll)
}
