import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

/**
 * Watches which requests are under way, so that a server can be closed without cutting one before its time and without
 * waiting for connections on which nothing was ever asked: clients open some in advance, and `close` alone would wait
 * for those.
 *
 * @returns a function that takes no new connections, lets what is under way end, but no longer than `limitMs`, and
 *   closes every connection
 */
export function createDrain(app: FastifyInstance): (limitMs: number) => Promise<void> {
  const underWay = new Set<ServerResponse>()
  let whenEmpty: (() => void) | null = null
  app.server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    underWay.add(response)
    response.once('close', () => {
      underWay.delete(response)
      if (underWay.size === 0) whenEmpty?.()
    })
  })
  return async (limitMs) => {
    const closed = app.close()
    if (underWay.size > 0) {
      await new Promise<void>((resolve) => {
        whenEmpty = resolve
        setTimeout(resolve, limitMs).unref()
      })
    }
    app.server.closeAllConnections()
    await closed
  }
}
