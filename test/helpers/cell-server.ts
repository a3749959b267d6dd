import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Generation } from '../../shared/queues/generations.queue.ts'
import { generationOf } from './control-plane-harness.ts'

/** A call of one cell of a run, as the data plane is asked for it. */
export interface CellRequest {
  readonly cell: string
  readonly variantId: string
  readonly authorization: string
  readonly body: { readonly messages: readonly { readonly content: string }[]; readonly metadata?: object }
  /** How often this cell was asked before. */
  readonly before: number
}

export type CellReply =
  | { readonly type: 'answer'; readonly text: string; readonly record?: Partial<Generation> }
  | { readonly type: 'refusal'; readonly status: number; readonly code: string }

export interface CellServer {
  readonly url: string
  readonly seen: CellRequest[]
  /** What it answers from now on; records of answers go to `ingest`. */
  serve(options: { reply: (request: CellRequest) => CellReply; ingest: (record: Generation) => Promise<void> }): void
  close(): Promise<void>
}

/** Plays the data plane towards runs: answers each cell once, and hands its record over. Judges say `first`. */
export async function startCellServer(): Promise<CellServer> {
  const seen: CellRequest[] = []
  const answered = new Set<string>()
  let options: Parameters<CellServer['serve']>[0] | null = null

  const answer = async (abTestId: string, request: CellRequest): Promise<{ status: number; body: object }> => {
    if (answered.has(request.cell)) return refusal(409, 'cell_taken')
    const reply = options?.reply(request) ?? { type: 'refusal' as const, status: 500, code: 'no_script' }
    if (reply.type === 'refusal') return refusal(reply.status, reply.code)
    answered.add(request.cell)
    await options?.ingest(recordOf(abTestId, request, reply))
    return { status: 200, body: { choices: [] } }
  }
  const server = createServer((request, response) => {
    void read(request).then(async (text) => {
      const { url = '', headers } = request
      const abTestId = /^\/api\/applications\/([^/]+)\//.exec(url)?.[1]
      let result = { status: 200, body: PREFERENCE }
      if (abTestId !== undefined) {
        const cell = String(headers['x-signalbox-run-cell'])
        const before = seen.filter((each) => each.cell === cell).length
        const variantId = String(headers['x-signalbox-variant'])
        const asked = { cell, variantId, authorization: headers.authorization ?? '', body: JSON.parse(text), before }
        seen.push(asked)
        result = await answer(abTestId, asked)
      }
      response.writeHead(result.status, { 'content-type': 'application/json' }).end(JSON.stringify(result.body))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    serve(next) {
      options = next
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const VERDICT = JSON.stringify({ reasoning: 'It comes first.', better: 'first' })
const PREFERENCE: object = {
  choices: [{ index: 0, message: { role: 'assistant', content: VERDICT }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 5 },
}

function refusal(status: number, code: string): { status: number; body: object } {
  return { status, body: { error: { code, message: `Refused: ${code}.` } } }
}

/** The workspace is put in by whoever ingests it. */
function recordOf(
  abTestId: string,
  { cell, variantId }: CellRequest,
  { text, record }: Extract<CellReply, { type: 'answer' }>,
): Generation {
  return generationOf('unknown', {
    purpose: 'benchmark',
    runCell: cell,
    exposure: {
      abTestId,
      variantId,
      how: 'requested',
      unitId: 'unit',
      unitSource: 'request',
      propensity: 1,
      weightsVersion: 0,
      contaminated: false,
      definition: null,
    },
    work: {
      expectedOutput: null,
      evaluate: false,
      captureFor: [],
      messages: [],
      answer: { role: 'assistant', content: text },
    },
    ...record,
  })
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
