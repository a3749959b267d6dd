import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock, type Clock } from '../../runtime/clock.ts'
import { createAnswerRequest } from './answer-request.ts'
import { createControl } from './control.ts'
import { createDialects } from './dialects/dialects.ts'
import { createModels } from './models.ts'
import { createRequestLog, type RecordedRequest } from './request-log.ts'
import { createScript, type Script } from './script.ts'
import { sendReply } from './send-reply.ts'

const OWN_MODELS = ['sim-fast', 'sim-smart', 'sim-embedding']
const KEEP_ALIVE_MS = 120_000
const WAIT_LIMIT_MS = 5_000

interface SimulatorOptions {
  /** Keys that are let in; without a list, everybody is. */
  readonly keys?: readonly string[]
  /** Model ids it answers to beside its own three; one with `smart` in it answers fuller. */
  readonly models?: readonly string[]
  /** Time to the first token, 0 by default. */
  readonly latencyMs?: number
  /** 0, the default: as fast as it can. */
  readonly tokensPerSecond?: number
  /** Whether scripts may be set over HTTP (`/__script`). */
  readonly control?: boolean
  /** How many of the latest requests are remembered. */
  readonly remember?: number
  readonly clock?: Clock
}

/** A provider without a model behind it, which speaks the wire formats of several vendors. */
export interface Simulator {
  /** Starts serving; port 0, the default, takes a free one. */
  listen(address?: { readonly port?: number; readonly host?: string }): Promise<void>
  /** Ends at once, cutting what is under way. */
  close(): Promise<void>
  /** The base URL for clients of OpenAI's API, with `/v1`. */
  url(): string
  /** The base URL for clients of the other vendors' APIs, whose paths begin at the root. */
  origin(): string
  readonly script: Script
  /** The latest requests, oldest first. */
  requests(): readonly RecordedRequest[]
  forgetRequests(): void
  /** Resolves with the first request that fits, seen already or to come; rejects after the limit. */
  waitForRequest(condition?: (request: RecordedRequest) => boolean, limitMs?: number): Promise<RecordedRequest>
  /** Resolves with the first request whose caller left before the answer was whole; rejects after the limit. */
  waitForAbort(condition?: (request: RecordedRequest) => boolean, limitMs?: number): Promise<RecordedRequest>
}

/** Makes a simulator; `listen` starts it. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const script = createScript()
  const log = createRequestLog(options.remember ?? 200)
  const modelIds = [...OWN_MODELS, ...(options.models ?? [])]
  const models = createModels({ script, models: modelIds, clock: options.clock ?? systemClock })
  const control = options.control ? createControl({ script, log }) : undefined
  const speed = { latencyMs: options.latencyMs ?? 0, tokensPerSecond: options.tokensPerSecond ?? 0 }
  const answer = createAnswerRequest({ models, dialects: createDialects(modelIds), keys: options.keys, speed })

  const serve = (request: IncomingMessage, response: ServerResponse, text: string): void => {
    const { method = 'GET', headers } = request
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2)
    const body = parseBody(text, headers['content-type'])
    const managed = control?.(method, path, body)
    if (managed) return sendReply(response, managed)
    const recorded: RecordedRequest = { method, path, query, headers, body, aborted: false, finished: false }
    log.add(recorded)
    const reply = answer({ method, path, query, headers, body }, text !== '')
    response.once('close', () => {
      recorded.aborted = !response.writableFinished && reply.ending !== 'cut' && reply.ending !== 'reset'
      recorded.finished = true
      log.changed(recorded)
    })
    sendReply(response, reply)
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) =>
    readBody(request, (text) => serve(request, response, text)),
  )
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    listen: (address) => listen(server, address),
    close: () => close(server),
    url: () => `${origin()}/v1`,
    origin,
    script,
    requests: () => log.all(),
    forgetRequests: () => log.clear(),
    waitForRequest: (condition = () => true, limitMs = WAIT_LIMIT_MS) => log.waitFor(condition, limitMs),
    waitForAbort: (condition = () => true, limitMs = WAIT_LIMIT_MS) =>
      log.waitFor((request) => request.aborted && condition(request), limitMs),
  }
}

function readBody(request: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => done(chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString()))
  // A caller who leaves in the middle of his own request is owed nothing.
  request.on('error', () => undefined)
}

function parseBody(text: string, contentType: string | undefined): unknown {
  if (text === '') return undefined
  if (contentType?.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(text))
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function listen(server: Server, { port = 0, host = '127.0.0.1' } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
