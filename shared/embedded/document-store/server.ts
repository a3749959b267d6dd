import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { Store } from './commands/command.ts'
import { createFailPoints } from './commands/fail-points.ts'
import { createCursors } from './cursors.ts'
import { createSessions } from './sessions.ts'
import { removeExpired } from './commands/remove-expired.ts'
import { openCatalog } from './storage/catalog.ts'
import { createListener, type ListenOptions } from './wire-protocol/listener.ts'

/** Where a store keeps its data and where it listens: a socket path, or a port of this machine. */
export interface DocumentStoreOptions extends ListenOptions {
  directory: string
  /** The clock; tests bring their own. */
  now?: () => Date
  /** Accepts `configureFailPoint`, for tests of clients. */
  testCommands?: boolean
}

export interface DocumentStore {
  /** Starts listening and answers the URL for a MongoDB client. */
  listen: () => Promise<string>
  /** Removes what has expired: documents of TTL indexes, idle cursors, old sessions. Runs by itself every minute. */
  maintain: () => void
  /** Ends every connection and closes the data, everything answered being on disk already. */
  close: () => Promise<void>
}

const MAINTENANCE_MS = 60_000

/** Opens a store; throws when its data cannot be opened. */
export function createDocumentStore(options: DocumentStoreOptions): DocumentStore {
  if (options.socketPath !== undefined && !options.socketPath.endsWith('.sock')) {
    // MongoDB's drivers take a host for a socket path by this ending alone.
    throw new Error(`the socket path ${options.socketPath} must end with .sock`)
  }
  mkdirSync(options.directory, { recursive: true, mode: 0o700 })
  const now = options.now ?? (() => new Date())
  const catalog = openCatalog(join(options.directory, 'documents.sqlite'))
  const listener = createListener()
  const store: Store = {
    catalog,
    cursors: createCursors({ now: () => now().getTime(), randomId }),
    now,
    startedAt: now(),
    sessions: createSessions(now),
    failPoints: createFailPoints(options.testCommands === true),
    connections: listener.connections,
  }
  const maintenance = setInterval(() => maintain(store), MAINTENANCE_MS)
  maintenance.unref()
  return {
    listen: () => listener.listen(options, store),
    maintain: () => maintain(store),
    close: async () => {
      clearInterval(maintenance)
      await listener.close()
      catalog.close()
    },
  }
}

function maintain(store: Store): void {
  store.cursors.expire()
  store.sessions.expire()
  removeExpired(store)
}

/** Positive and within 63 bits; zero means no cursor. */
function randomId(): bigint {
  return (randomBytes(8).readBigUInt64BE() >> 1n) | 1n
}
