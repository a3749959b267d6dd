import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttpServer } from '../../data-plane/accept/http-server.ts'
import { createLogger } from '../../shared/runtime/logger.ts'

/** What is no HTTP, or never becomes a request, is answered as the API of its path answers, and tells nothing of what runs here. */

const TOLD = { 'x-ratelimit-limit': 7 }
const sockets: Socket[] = []
let server: FastifyInstance
beforeAll(async () => {
  server = createHttpServer({
    bodyLimitBytes: 1_048_576,
    logger: createLogger('test', 'silent'),
    tellLimits: async (authorization) => (authorization === undefined ? {} : TOLD),
  })
  server.get('/v1/nothing/:id', () => ({ ok: true }))
  server.post('/v1/llm/nothing', () => ({ ok: true }))
  server.get('/v1/half', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/plain' })
    reply.raw.write('half an answer')
  })
  server.get('/v1/never', (_request, reply) => void reply.hijack())
  server.server.on('connection', (socket: Socket) => sockets.push(socket))
  await server.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  server.server.closeAllConnections()
  await server.close()
})

interface Exchange {
  readonly caller: Socket
  /** The server's end. */
  readonly socket: Socket
  /** All that was answered until then. */
  readonly text: () => string
}

async function open(bytes: string | Buffer): Promise<Exchange> {
  const accepted = once(server.server, 'connection') as Promise<[Socket]>
  const caller = connect((server.server.address() as AddressInfo).port, '127.0.0.1')
  caller.setEncoding('utf8').on('error', () => undefined)
  let text = ''
  caller.on('data', (chunk: string) => (text += chunk))
  const [socket] = await accepted
  caller.write(bytes)
  return { caller, socket, text: () => text }
}

/** Waits until the server has closed its side, and reads the answer. */
async function ask(bytes: string | Buffer) {
  const { caller, text } = await open(bytes)
  await once(caller, 'end')
  caller.destroy()
  return read(text())
}

function read(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [line = '', ...rows] = head.split('\r\n')
  const headers = Object.fromEntries(
    rows.map((row) => [row.slice(0, row.indexOf(':')).toLowerCase(), row.slice(row.indexOf(':') + 2)]),
  )
  expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body))
  const { error } = JSON.parse(body) as { error: { code: string; message: string; hint?: string } }
  return { status: Number(line.split(' ')[1]), headers, error }
}

const GET = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`
const CHUNKED = 'POST /v1/llm/nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
const LONG = 'x'.repeat(70_000)

describe('what the parser refuses has the shape of errors, and the connection is closed', () => {
  test.each<[string, string | Buffer, number, string]>([
    ['no HTTP', 'hello\r\n\r\n', 400, 'could not be read'],
    ['another version', 'GET /v1/models HTTP/9.7\r\nHost: x\r\n\r\n', 400, 'could not be read'],
    ['bytes of TLS', Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), 400, 'could not be read'],
    [
      'two lengths',
      'POST /v1/x HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
      400,
      'could not be read',
    ],
    ['long headers', GET('/v1/models', `X: ${LONG}\r\n`), 431, 'larger than 16 KiB'],
    ['a long path', GET(`/v1/models/${LONG}`), 431, 'larger than 16 KiB'],
  ])('%s', async (_name, bytes, status, sentence) => {
    const answer = await ask(bytes)
    expect(answer).toMatchObject({ status, headers: { connection: 'close' } })
    expect(answer.error).toEqual({
      message: expect.stringContaining(sentence),
      type: 'invalid_request',
      code: 'invalid_request',
      param: null,
    })
    expect(JSON.stringify(answer)).not.toMatch(/HPE_|FST_|node|xxxx/i)
  })

  test.each([
    ['a body that is not chunked as it says', `${CHUNKED}zz\r\n`, 400],
    ['extensions of chunks without end', `${CHUNKED}1;${LONG}\r\n`, 413],
    ['headers that are too large', `POST /v1/llm/nothing HTTP/1.1\r\nX: ${LONG}\r\n\r\n`, 431],
  ])('in the words of the API that was asked: %s', async (_name, bytes, status) => {
    const answer = await ask(bytes)
    expect(answer).toMatchObject({ status, headers: { connection: 'close' }, error: { code: 'invalid_input' } })
    expect(answer.error.hint).toMatch(/\w/)
  })

  test('a request that does not come to its end in time is 408', async () => {
    const { caller, socket, text } = await open('POST /v1/llm/nothing HTTP/1.1\r\n')
    // As Node does it every half minute.
    server.server.emit('clientError', Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
    await once(caller, 'end')
    caller.destroy()
    const answer = read(text())
    expect(answer).toMatchObject({ status: 408, headers: { connection: 'close' }, error: { code: 'invalid_request' } })
    expect(answer.error.message).toContain('within 60 seconds')
  })

  test('a caller who goes on sending is let go of', async () => {
    const { caller, socket } = await open(GET('/v1/models', `X: ${LONG}\r\n`))
    await once(caller, 'end')
    expect(socket.writable).toBe(false)
    caller.write(LONG)
    caller.destroy()
    await once(socket, 'close')
    expect(socket.destroyed).toBe(true)
  })

  test('nothing is written into an answer that has begun: it is cut', async () => {
    const { caller, text, socket } = await open(GET('/v1/half'))
    await once(caller, 'data')
    caller.write('no HTTP\r\n\r\n')
    await once(socket, 'close')
    expect(text()).toContain('half an answer')
    expect(text()).not.toContain('invalid_request')
    caller.destroy()
  })

  test('and a caller who is gone is written nothing', async () => {
    const { caller, socket, text } = await open(GET('/v1/never'))
    server.server.emit('clientError', Object.assign(new Error('gone'), { code: 'ECONNRESET' }), socket)
    expect(text()).toBe('')
    caller.destroy()
  })
})

describe('what the server refuses before there is a route', () => {
  const bearer = 'Authorization: Bearer x\r\nConnection: close\r\n'
  test.each([
    ['a percent sign that escapes nothing', GET('/v1/nothing/%zz', bearer), 400, 'percent'],
    ['bytes that are no UTF-8', GET('/v1/nothing/%ff', bearer), 400, 'percent'],
    ['an id without end', GET(`/v1/nothing/${'x'.repeat(101)}`, bearer), 414, 'longer than 100'],
    ['no host', `GET /v1/nothing/1 HTTP/1.1\r\n${bearer}\r\n`, 400, 'Host'],
    ['an expectation', GET('/v1/nothing/1', `Expect: cake\r\n${bearer}`), 417, '100-continue'],
  ])('%s', async (_name, bytes, status, word) => {
    const answer = await ask(bytes)
    expect([answer.status, answer.error]).toEqual([
      status,
      { message: expect.stringContaining(word), type: 'invalid_request', code: 'invalid_request', param: null },
    ])
    expect(answer.headers).toMatchObject({ 'x-ratelimit-limit': '7' })
    expect(JSON.stringify(answer)).not.toMatch(/FST_|%zz|cake/)
  })

  test('in the words of the API that was asked', async () => {
    const answer = await ask(GET('/v1/proxy/openrouter/%zz', bearer))
    expect([answer.status, answer.error.code]).toEqual([400, 'invalid_input'])
  })

  test('and HTTP/1.0 needs no host', async () => {
    const { caller, text } = await open('GET /v1/nothing/1 HTTP/1.0\r\n\r\n')
    await once(caller, 'end')
    caller.destroy()
    expect(text()).toContain('{"ok":true}')
  })
})
