import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { Agent, Pool, request, type Dispatcher } from 'undici'

/**
 * What Node does with Fastify and undici and nothing else: no key, no price, no record. Two ways: `plain` is how one
 * writes a proxy, undici's `request` and its body as a stream; `lean` is the least that a proxy can do, undici's
 * dispatch interface and the body as one buffer, which would hold up every stream. Run as a process: port, upstream
 * URL, way.
 */
const [port, upstream = '', way] = process.argv.slice(2)
const PATH = '/v1/chat/completions'
const HEADERS = { 'content-type': 'application/json' }

const app = Fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post(PATH, way === 'lean' ? lean() : plain())
await app.listen({ port: Number(port), host: '127.0.0.1' })

function plain() {
  const dispatcher = new Agent({ connections: 256, pipelining: 1 })
  return async (incoming: FastifyRequest, reply: FastifyReply) => {
    const body = incoming.body as Buffer
    const answer = await request(upstream + PATH, { method: 'POST', body, headers: HEADERS, dispatcher })
    reply.code(answer.statusCode).header('content-type', answer.headers['content-type'] ?? 'application/json')
    return answer.body
  }
}

function lean() {
  const pool = new Pool(upstream, { connections: 256, pipelining: 1 })
  return (incoming: FastifyRequest, reply: FastifyReply): void => {
    const body = incoming.body as Buffer
    pool.dispatch({ path: PATH, method: 'POST', body, headers: HEADERS }, answerWhole(reply))
  }
}

function answerWhole(reply: FastifyReply): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = []
  return {
    onRequestStart: () => undefined,
    onResponseStart(_controller, status, headers) {
      reply.code(status).header('content-type', headers['content-type'] ?? 'application/json')
    },
    onResponseData: (_controller, chunk) => void chunks.push(chunk),
    onResponseEnd: () => void reply.send(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)),
    onResponseError: (_controller, error) => void reply.send(error),
  }
}
