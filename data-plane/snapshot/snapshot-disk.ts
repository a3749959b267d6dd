import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../../shared/runtime/logger.ts'
import type { EncodedSnapshot } from '../../shared/snapshot/snapshot-codec.ts'

/**
 * The last good copy of each snapshot on disk, so that a process that starts while Redis is away still serves.
 * Secrets in it are sealed, as they are in Redis. Writing is behind the scenes: it never holds up a change or a call.
 */
export interface SnapshotDisk {
  save(workspaceId: string, encoded: EncodedSnapshot): void
  readAll(): Promise<StoredSnapshot[]>
  /** Resolves when what was saved is written. */
  flush(): Promise<void>
}

export interface StoredSnapshot extends EncodedSnapshot {
  readonly workspaceId: string
}

interface DiskDeps {
  readonly directory: string
  readonly logger: Logger
}

export function createSnapshotDisk({ directory, logger }: DiskDeps): SnapshotDisk {
  const waiting = new Map<string, EncodedSnapshot>()
  let writing: Promise<void> | null = null

  const write = async (workspaceId: string, { revision, bytes }: EncodedSnapshot): Promise<void> => {
    const path = join(directory, `${encodeURIComponent(workspaceId)}.json`)
    const temporary = `${path}.${process.pid}.tmp`
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await writeFile(temporary, `${revision}\n${bytes}`, { mode: 0o600 })
    await rename(temporary, path)
  }

  const writeWaiting = async (): Promise<void> => {
    for (let next = waiting.entries().next(); !next.done; next = waiting.entries().next()) {
      const [workspaceId, encoded] = next.value
      waiting.delete(workspaceId)
      await write(workspaceId, encoded).catch((error: unknown) =>
        logger.warn({ workspaceId, err: error }, 'could not keep a copy of the snapshot on disk'),
      )
    }
    writing = null
  }

  return {
    save(workspaceId, encoded) {
      waiting.set(workspaceId, encoded)
      writing ??= writeWaiting()
    },
    async readAll() {
      const names = await readdir(directory).catch(() => [])
      const stored: StoredSnapshot[] = []
      for (const name of names.filter((entry) => entry.endsWith('.json'))) {
        const text = await readFile(join(directory, name), 'utf8')
        const [revision = ''] = text.split('\n', 1)
        const workspaceId = decodeURIComponent(name.slice(0, -'.json'.length))
        stored.push({ workspaceId, revision, bytes: text.slice(revision.length + 1) })
      }
      return stored
    },
    async flush() {
      await writing
    },
  }
}
