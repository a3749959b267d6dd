import { fastify } from 'fastify'
import type { Environment } from '../environment.ts'
import { addHealthRoutes } from '../health-routes.ts'
import { StartError } from '../../shared/runtime/parse-environment.ts'

/** `/healthz` and `/readyz` of the worker, where a port for them is set. */
export async function serveHealth(
  address: Environment['workerHealth'],
  ping: () => Promise<void>,
): Promise<{ close: () => Promise<void> }> {
  if (address === null) return { close: async () => undefined }
  const app = fastify({ forceCloseConnections: true, logger: false })
  addHealthRoutes(app, ping)
  try {
    await app.listen(address)
  } catch (error) {
    throw new StartError(`WORKER_HEALTH_PORT: cannot listen on ${address.host}:${address.port}`, error)
  }
  return { close: () => app.close() }
}
