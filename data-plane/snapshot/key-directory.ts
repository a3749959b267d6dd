import type { Redis } from '../../shared/redis/connect.ts'
import { keyIndexKey } from '../../shared/redis/keys.ts'
import type { SnapshotLoader } from './snapshot-loader.ts'
import type { KeyOwner, SnapshotStore } from './snapshot-store.ts'

/** Finds who owns a key, loading a workspace this process has never seen. */
export interface KeyDirectory {
  /**
   * @param hash SHA-256 of the key, hex
   * @returns null when no such key exists
   * @throws Error when that cannot be known because Redis is away: that is no reason to call a key invalid
   */
  find(hash: string): Promise<KeyOwner | null>
  /** The owner where its workspace is in memory, as it mostly is; null says nothing. */
  known(hash: string): KeyOwner | null
  /** Drops what is remembered of unknown keys; called whenever something was published. */
  forgetUnknown(): void
}

/** A made-up key costs Redis one look-up in this time, however often it is tried. */
const REMEMBER_UNKNOWN_MS = 10_000
const UNKNOWN_KEPT = 10_000

interface DirectoryDeps {
  readonly redis: Redis
  readonly store: SnapshotStore
  readonly loader: SnapshotLoader
  readonly now: () => number
}

export function createKeyDirectory({ redis, store, loader, now }: DirectoryDeps): KeyDirectory {
  const unknownUntil = new Map<string, number>()
  const lookups = new Map<string, Promise<KeyOwner | null>>()
  let publications = 0

  const lookUp = async (hash: string): Promise<KeyOwner | null> => {
    const publicationsBefore = publications
    const workspaceId = await redis.get(keyIndexKey(hash))
    if (workspaceId !== null) await loader.refresh(workspaceId)
    const owner = store.findKey(hash) ?? null
    // Something published meanwhile may have been this very key: then the answer is not worth remembering.
    if (!owner && publications === publicationsBefore) {
      if (unknownUntil.size >= UNKNOWN_KEPT) unknownUntil.clear()
      unknownUntil.set(hash, now() + REMEMBER_UNKNOWN_MS)
    }
    return owner
  }

  return {
    known: (hash) => store.findKey(hash) ?? null,
    async find(hash) {
      const known = store.findKey(hash)
      if (known) return known
      if ((unknownUntil.get(hash) ?? 0) > now()) return null
      const running = lookups.get(hash)
      if (running) return running
      const started = lookUp(hash).finally(() => lookups.delete(hash))
      lookups.set(hash, started)
      return started
    },
    forgetUnknown() {
      publications += 1
      unknownUntil.clear()
    },
  }
}
