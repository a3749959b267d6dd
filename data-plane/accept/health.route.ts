import type { FastifyInstance } from 'fastify'

interface HealthDeps {
  /** Whether calls can be served: a catalog is loaded. */
  readonly isReady: () => boolean
  readonly readMetrics: () => Promise<{ contentType: string; text: string }>
}

/** `/healthz`: the process lives. `/readyz`: it can serve. `/metrics`: for Prometheus. None tells a secret. */
export function routeHealth(app: FastifyInstance, { isReady, readMetrics }: HealthDeps): void {
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', (_request, reply) => {
    if (isReady()) return { status: 'ready' }
    return reply.code(503).send({ status: 'waiting for the first snapshot' })
  })
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await readMetrics()
    return reply.type(contentType).send(text)
  })
}
