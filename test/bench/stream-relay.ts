import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'
import type { Gateway } from '../../shared/llm/gateways.ts'
import { seal } from '../../shared/secrets/seal.ts'
import type { CatalogSnapshot, SnapshotCredential } from '../../shared/snapshot/snapshot-schema.ts'
import { catalog, model, PRICE } from '../helpers/snapshot-fixtures.ts'
import { startSignalbox, type Contestant } from './contestants.ts'
import { load } from './load.ts'
import { untilListening, type Service } from './service.ts'

/**
 * How fast Signalbox passes on the streams of gateways whose words it has to translate, beside those it hands through.
 * The upstream plays back what the simulator said once, so that only the relay is measured.
 */
export interface StreamRate {
  readonly gateway: Gateway
  readonly chunksPerSecond: number
}

interface Measurement {
  readonly freePort: () => Promise<number>
  /** Where to note what must be stopped. */
  readonly started: { stop(): void }[]
  readonly rounds: number
  readonly seconds: number
}

const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(40)
const CONNECTIONS = 16
const MESSAGES = [{ role: 'user', content: 'Tell me about the fox.' }]

const HEADERS = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }

/** The streamed request of each wire format, and where it goes. */
const STREAMS = [
  {
    gateway: 'openai',
    path: '/v1/chat/completions',
    base: '/v1',
    body: { model: 'sim-fast', stream: true, messages: MESSAGES },
  },
  {
    gateway: 'anthropic',
    path: '/v1/messages',
    base: '',
    body: { model: 'sim-fast', stream: true, max_tokens: 4_096, messages: MESSAGES },
  },
  {
    gateway: 'bedrock',
    path: '/model/sim-fast/converse-stream',
    base: '',
    body: { messages: [{ role: 'user', content: [{ text: 'The fox.' }] }] },
  },
] as const

export async function measureStreamRelay({ freePort, started, rounds, seconds }: Measurement): Promise<StreamRate[]> {
  const upstream = await startPlayback(await freePort(), await recordStreams())
  started.push(upstream)
  const signalbox = await startSignalbox(await freePort(), upstream.url, {
    describeCatalog: (key) => describeCatalog(upstream.url, key),
  })
  started.push(signalbox)
  const rates = new Map<Gateway, number[]>(STREAMS.map(({ gateway }) => [gateway, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const { gateway } of STREAMS) {
      const body = JSON.stringify({ model: `fox-${gateway}`, stream: true, messages: MESSAGES })
      const chunks = await countChunks(signalbox, body)
      const { requestsPerSecond } = await load(signalbox, { seconds, connections: CONNECTIONS, body })
      // The first round warms up.
      if (round > 0) rates.get(gateway)?.push(requestsPerSecond * chunks)
    }
  }
  signalbox.stop()
  upstream.stop()
  return [...rates].map(([gateway, list]) => ({ gateway, chunksPerSecond: middle(list) }))
}

/** What the simulator streams in each wire format. */
async function recordStreams(): Promise<Record<string, Recording>> {
  const simulator = createSimulator()
  await simulator.listen()
  const recordings: Record<string, Recording> = {}
  for (const { path, body } of STREAMS) {
    simulator.script.add({ type: 'answer', text: TEXT })
    const answer = await fetch(simulator.origin() + path, {
      method: 'POST',
      headers: HEADERS,
      body: JSON.stringify(body),
    })
    if (answer.status !== 200) throw new Error(`the simulator refused ${path}: ${await answer.text()}`)
    const bytes = Buffer.from(await answer.arrayBuffer()).toString('base64')
    recordings[path] = { type: answer.headers.get('content-type') ?? '', bytes }
  }
  await simulator.close()
  return recordings
}

interface Recording {
  readonly type: string
  /** Base64. */
  readonly bytes: string
}

async function startPlayback(port: number, recordings: Record<string, Recording>): Promise<Service> {
  const file = join(await mkdtemp(join(tmpdir(), 'sb-streams-')), 'recordings.json')
  await writeFile(file, JSON.stringify(recordings))
  const child = spawn(process.execPath, [import.meta.filename, String(port), file], { stdio: 'inherit' })
  await untilListening(port)
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => void child.kill('SIGKILL') }
}

function describeCatalog(upstreamUrl: string, masterKey: Buffer): CatalogSnapshot {
  const secrets = JSON.stringify({ accessKeyId: 'AKIASIMULATED0000001', secretAccessKey: 'simulated' })
  const platformCredentials = STREAMS.map(({ gateway, base }): SnapshotCredential => {
    const secret = gateway === 'bedrock' ? secrets : 'sk-simulated'
    const sealedSecret = seal(secret, gateway, masterKey)
    return { id: gateway, gateway, sealedSecret, baseUrl: upstreamUrl + base, settings: {} }
  })
  const models = STREAMS.map(({ gateway }) =>
    model({
      id: `fox-${gateway}`,
      endpoints: [{ gateway, upstreamModel: 'sim-fast', price: PRICE, credentialId: null }],
    }),
  )
  return catalog({ simulatorUrl: upstreamUrl, models, platformCredentials })
}

async function countChunks(signalbox: Contestant, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json', ...signalbox.headers }
  const answer = await fetch(`${signalbox.url}/v1/chat/completions`, { method: 'POST', headers, body })
  const text = await answer.text()
  if (!text.endsWith('data: [DONE]\n\n')) throw new Error(`a stream was not whole: ${text.slice(-200)}`)
  return text.split('\n\n').length - 1
}

function middle(list: readonly number[]): number {
  return list.toSorted((left, right) => left - right)[Math.floor(list.length / 2)] ?? Number.NaN
}

if (process.argv[1] === import.meta.filename) {
  const [, , port, file = ''] = process.argv
  const recordings = JSON.parse(await readFile(file, 'utf8')) as Record<string, Recording>
  const streams = new Map(
    Object.entries(recordings).map(([path, { type, bytes }]) => [path, { type, bytes: Buffer.from(bytes, 'base64') }]),
  )
  createServer((request, response) => {
    request.resume()
    const stream = streams.get(request.url ?? '')
    response.writeHead(stream ? 200 : 404, { 'content-type': stream?.type ?? 'text/plain' })
    response.end(stream?.bytes)
  }).listen(Number(port), '127.0.0.1')
}
