import { CATALOG, keyIndexKey, SNAPSHOT_CHANNEL, snapshotRevisionKey } from '../../shared/redis/keys.ts'
import type { Redis } from '../../shared/redis/connect.ts'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { SnapshotsService } from '../modules/snapshots/index.ts'
import type { SnapshotSources } from './collect-sources.ts'
import { createCompileRevisions, type Revisions } from './compile-revisions.ts'
import { movePointer, readPointer } from './move-pointer.ts'

/**
 * Compiles and publishes a snapshot. May run at any time, any number of times, in many processes at once.
 *
 * Why an older compile can never win. The publisher reads `changes` BEFORE it reads the sources, and a writer counts
 * up once before its change and once AFTER it. So a compile that misses a change has read `changes` before that
 * writer's second increment, and carries a smaller number than any publisher that runs because of that increment. The
 * pointer moves by one script that refuses a smaller number: the old compile either comes first and is replaced, or
 * comes late and is refused. Between a writer's two increments two compiles can carry the same number and differ;
 * whichever stays, the second increment brings one that replaces both. If the writer dies in between, it stays counted
 * in `writers`, which keeps the workspace dirty: the sweep republishes until it gives that writer up, and does so by
 * counting up once more. What is dirty is cleared only where `changes` is still what was read and no writer is at it.
 *
 * A pin is one more source, written between two increments like every other: all of this holds for it.
 */
export type PublishSnapshot = (snapshotId: string, options?: PublishOptions) => Promise<PublishOutcome>
export type PublishOutcome = 'moved' | 'unchanged' | 'refused' | 'no-workspace'

interface PublishOptions {
  /** Writes the index of all of its keys, and not only of those that the served revision does not have. */
  readonly reindexKeys?: boolean
}

interface Deps {
  readonly sources: SnapshotSources
  readonly states: Pick<
    SnapshotsService,
    'readChanges' | 'recordPublished' | 'recordNothing' | 'recordRevision' | 'findPinned'
  >
  readonly redis: Redis
  readonly logger: Logger
}

const NO_KEYS: ReadonlySet<string> = new Set()

export function createPublishSnapshot({ sources, states, redis, logger }: Deps): PublishSnapshot {
  const compile = createCompileRevisions({ sources, states, logger })

  return async (snapshotId, { reindexKeys = false } = {}) => {
    const [changes, served] = await Promise.all([states.readChanges(snapshotId), readServedKeys(snapshotId)])
    const compiled = await compile(snapshotId)
    if (compiled === null) {
      await states.recordNothing(snapshotId, changes)
      return 'no-workspace'
    }
    const added = [...compiled.keyHashes].filter((hash) => reindexKeys || !served.has(hash))
    const removed = [...served].filter((hash) => !compiled.keyHashes.has(hash))

    // A key must be found before it is asked for, and must be gone from the snapshot before it cannot be found.
    await indexKeys(added, snapshotId)
    const { revision, bytes } = compiled.served
    const outcome = await movePointer(redis, snapshotId, { revision, bytes, changes })
    if (outcome === 'refused') return outcome
    if (outcome === 'moved') await redis.publish(SNAPSHOT_CHANNEL, snapshotId)
    await Promise.all([forgetKeys(removed), keepRevision(compiled.newest, changes)])
    // Last: what a crash leaves undone before it is still dirty.
    await states.recordPublished(snapshotId, { changes, revision })
    logger.debug({ snapshotId, revision, changes, outcome }, 'snapshot published')
    return outcome
  }

  async function keepRevision(newest: Revisions['newest'], changes: number): Promise<void> {
    if (newest === null) return
    const { revision, snapshot, bytes } = newest
    const sizeBytes = Buffer.byteLength(bytes)
    await states.recordRevision(snapshot.workspaceId, { revision, snapshot, sizeBytes, changes })
  }

  /** The keys that Redis's index holds because of the revision that is served. */
  async function readServedKeys(snapshotId: string): Promise<ReadonlySet<string>> {
    if (snapshotId === CATALOG) return NO_KEYS
    const pointer = await readPointer(redis, snapshotId)
    if (pointer === null) return NO_KEYS
    const bytes = await redis.get(snapshotRevisionKey(snapshotId, pointer.revision))
    if (bytes === null) return NO_KEYS
    const snapshot: { keys: { hash: string }[] } = JSON.parse(bytes)
    return new Set(snapshot.keys.map((key) => key.hash))
  }

  async function indexKeys(hashes: readonly string[], workspaceId: string): Promise<void> {
    await Promise.all(hashes.map((hash) => redis.set(keyIndexKey(hash), workspaceId)))
  }

  async function forgetKeys(hashes: readonly string[]): Promise<void> {
    await Promise.all(hashes.map((hash) => redis.del(keyIndexKey(hash))))
  }
}
