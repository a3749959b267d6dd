import { fastify } from 'fastify'
import type { Registry } from 'prom-client'
import type { Environment } from '../environment.ts'
import { addHealthRoutes } from '../health-routes.ts'
import { StartError } from '../../shared/runtime/parse-environment.ts'

interface Health {
  readonly ping: () => Promise<void>
  readonly metrics: Pick<Registry, 'contentType' | 'metrics'>
}

/** `/healthz`, `/readyz` and `/metrics` of the worker, where a port for them is set. */
export async function serveHealth(
  address: Environment['workerHealth'],
  { ping, metrics }: Health,
): Promise<{ close: () => Promise<void> }> {
  if (address === null) return { close: async () => undefined }
  const app = fastify({ forceCloseConnections: true, logger: false })
  addHealthRoutes(app, ping)
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()))
  try {
    await app.listen(address)
  } catch (error) {
    throw new StartError(`WORKER_HEALTH_PORT: cannot listen on ${address.host}:${address.port}`, error)
  }
  return { close: () => app.close() }
}
