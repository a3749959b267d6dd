import type { FastifyInstance } from 'fastify'

const READY_LIMIT_MS = 2_000

/** `/healthz`: the process lives. `/readyz`: MongoDB and Redis answer, too. */
export function addHealthRoutes(app: FastifyInstance, ping: () => Promise<void>): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const limit = new Promise((_resolve, reject) => setTimeout(reject, READY_LIMIT_MS, new Error('no answer')).unref())
    try {
      await Promise.race([ping(), limit])
      return { status: 'ready' }
    } catch {
      return reply.code(503).send({ status: 'not ready: MongoDB or Redis does not answer' })
    }
  })
}
