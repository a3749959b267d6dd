import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface JudgeRequestSeen {
  readonly path: string
  readonly authorization: string
  readonly at: number
  readonly body: {
    readonly model: string
    readonly messages: readonly { readonly role: string; readonly content: string }[]
    readonly temperature?: number
    readonly max_completion_tokens?: number
    readonly input?: readonly string[]
  }
}

export interface JudgeReply {
  readonly status?: number
  readonly body: object
}

export interface JudgeServer {
  readonly url: string
  readonly seen: JudgeRequestSeen[]
  /** What it answers from now on. */
  answer(reply: (request: JudgeRequestSeen) => JudgeReply): void
  /** Those whose body holds a text. */
  requestsWith(text: string): JudgeRequestSeen[]
  close(): Promise<void>
}

/** Plays the data plane towards judges: an HTTP server in this process that keeps what it is asked. */
export async function startJudgeServer(): Promise<JudgeServer> {
  const seen: JudgeRequestSeen[] = []
  let reply: (request: JudgeRequestSeen) => JudgeReply = () => ({ status: 500, body: {} })
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const { url: path = '', headers } = request
      const asked = { path, authorization: headers.authorization ?? '', at: performance.now(), body: JSON.parse(body) }
      seen.push(asked)
      const { status = 200, body: answer } = reply(asked)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    answer(next) {
      reply = next
    },
    requestsWith: (text) => seen.filter(({ body }) => JSON.stringify(body).includes(text)),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A chat completion with a judge's verdict. */
export function verdict(
  fields: object,
  usage: object | null = { prompt_tokens: 100, completion_tokens: 20 },
): JudgeReply {
  const content = JSON.stringify({ reasoning: 'Because.', ...fields })
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  return { body: { id: 'x', choices, ...(usage === null ? {} : { usage }) } }
}

export function refusal(status: number, code: string): JudgeReply {
  return { status, body: { error: { code, message: `Refused: ${code}.` } } }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
