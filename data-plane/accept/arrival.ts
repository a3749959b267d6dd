import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * When a call reached this process. For the first call of a connection that is when its socket was accepted, so that
 * time spent waiting for a busy process counts; for a later one it is when its headers had been read.
 */
const acceptedMs = new WeakMap<Socket, number>()
const arrivals = new WeakMap<IncomingMessage, number>()

/** Notes arrivals, as the first listener of the server. */
export function watchArrivals(server: Server): void {
  server.on('connection', (socket: Socket) => acceptedMs.set(socket, performance.now()))
  server.prependListener('request', (request: IncomingMessage) => {
    const accepted = acceptedMs.get(request.socket)
    arrivals.set(request, accepted ?? performance.now())
    if (accepted !== undefined) acceptedMs.delete(request.socket)
  })
}

/** Monotonic milliseconds. */
export function arrivedMs(request: IncomingMessage): number {
  return arrivals.get(request) ?? performance.now()
}
