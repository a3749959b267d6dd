import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * When a call reached this process. For the first call of a connection that is when its socket was accepted, so that
 * time spent waiting for a busy process counts; for a later one it is when its headers had been read.
 */
const ARRIVED_MS = Symbol('arrivedMs')

interface Stamped {
  // A property and not a WeakMap: a table of weak keys that changes with every call is slow to collect.
  [ARRIVED_MS]?: number | undefined
}

/** Notes arrivals, as the first listener of the server. */
export function watchArrivals(server: Server): void {
  server.on('connection', (socket: Socket & Stamped) => {
    socket[ARRIVED_MS] = performance.now()
  })
  server.prependListener('request', (request: IncomingMessage & Stamped) => {
    const socket: Socket & Stamped = request.socket
    request[ARRIVED_MS] = socket[ARRIVED_MS] ?? performance.now()
    socket[ARRIVED_MS] = undefined
  })
}

/** Monotonic milliseconds. */
export function arrivedMs(request: IncomingMessage & Stamped): number {
  return request[ARRIVED_MS] ?? performance.now()
}
