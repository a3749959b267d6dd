import Fastify from 'fastify'
import { Agent, request } from 'undici'

/**
 * What Node can do at best: Fastify reads a body, undici sends it on, the answer goes back. No key, no price, no record.
 * Run as a process: port, upstream URL.
 */
const [port, upstream] = process.argv.slice(2)
const dispatcher = new Agent({ connections: 256, pipelining: 1 })
const app = Fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post('/v1/chat/completions', async (incoming, reply) => {
  const answer = await request(`${upstream}/v1/chat/completions`, {
    method: 'POST',
    body: incoming.body as Buffer,
    headers: { 'content-type': 'application/json' },
    dispatcher,
  })
  reply.code(answer.statusCode).header('content-type', answer.headers['content-type'] ?? 'application/json')
  return answer.body
})
await app.listen({ port: Number(port), host: '127.0.0.1' })
