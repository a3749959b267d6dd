import type { FastifyInstance } from 'fastify'
import type { CallTally } from '../call-tally.ts'

/**
 * Closes a server without cutting a call before its time and without waiting for connections on which nothing was ever
 * asked: clients open some in advance, and `close` alone would wait for those.
 *
 * @param app takes no new connections from now on
 * @param limitMs calls under way get this long to end; then every connection is closed
 * @param beforeCut called then, before any connection is closed
 */
export async function drainServer(
  app: FastifyInstance,
  calls: CallTally,
  { limitMs, beforeCut }: { readonly limitMs: number; readonly beforeCut: () => void },
): Promise<void> {
  const closed = app.close()
  await Promise.race([calls.whenNone(), after(limitMs)])
  beforeCut()
  app.server.closeAllConnections()
  await closed
}

function after(limitMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, limitMs).unref())
}
