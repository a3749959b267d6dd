import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { Store } from './commands/command.ts'
import { createFailPoints } from './commands/fail-points.ts'
import { createCursors } from './cursors.ts'
import { createSessions } from './sessions.ts'
import { removeExpired } from './commands/remove-expired.ts'
import { openCatalog } from './storage/catalog.ts'
import { serveConnection } from './wire-protocol/connection.ts'

/** Where a store keeps its data and where it listens: a socket path, or a port of this machine. */
export interface DocumentStoreOptions {
  directory: string
  socketPath?: string
  port?: number
  host?: string
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
  const sockets = new Set<Socket>()
  const store: Store = {
    catalog,
    cursors: createCursors({ now: () => now().getTime(), randomId }),
    now,
    startedAt: now(),
    sessions: createSessions(now),
    failPoints: createFailPoints(options.testCommands === true),
    connections: () => sockets.size,
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serveConnection(socket, store)
  })
  const maintenance = setInterval(() => maintain(store), MAINTENANCE_MS)
  maintenance.unref()
  return {
    listen: () => listen(server, options),
    maintain: () => maintain(store),
    close: async () => {
      clearInterval(maintenance)
      await closeServer(server, sockets)
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

async function listen(server: Server, { socketPath, port, host = '127.0.0.1' }: DocumentStoreOptions): Promise<string> {
  // A socket file left by a process that died would refuse the new one; the data file's lock keeps a living one safe.
  if (socketPath !== undefined) rmSync(socketPath, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath === undefined ? { port: port ?? 0, host } : { path: socketPath }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // Whoever can open the socket can read everything.
  if (socketPath !== undefined) chmodSync(socketPath, 0o600)
  const address = server.address()
  const where =
    typeof address === 'string' || address === null ? encodeURIComponent(String(address)) : `${host}:${address.port}`
  return `mongodb://${where}/`
}

async function closeServer(server: Server, sockets: Set<Socket>): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const socket of sockets) socket.destroy()
  await closed
}
