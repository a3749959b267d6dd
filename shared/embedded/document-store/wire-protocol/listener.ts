import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { Store } from '../commands/command.ts'
import { serveConnection } from './connection.ts'

/** A socket path, or a port of this machine. */
export interface ListenOptions {
  socketPath?: string
  port?: number
  host?: string
}

export interface Listener {
  /** Starts serving a store and answers the URL for a MongoDB client. */
  listen: (options: ListenOptions, store: Store) => Promise<string>
  connections: () => number
  /** Ends every connection. */
  close: () => Promise<void>
}

/** Makes the socket server of a store. */
export function createListener(): Listener {
  const sockets = new Set<Socket>()
  const server = createServer()
  return {
    listen: (options, store) => {
      server.on('connection', (socket) => {
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
        serveConnection(socket, store)
      })
      return listen(server, options)
    },
    connections: () => sockets.size,
    close: async () => {
      if (!server.listening) return
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function listen(server: Server, { socketPath, port, host = '127.0.0.1' }: ListenOptions): Promise<string> {
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
