import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import autocannon from 'autocannon'
import type { Contestant } from './contestants.ts'
import { isOnPath, scheduled, type Scheduling } from './service.ts'

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly errors: number
}

export const BODY = JSON.stringify({
  model: 'sim-fast',
  messages: [
    { role: 'system', content: 'You are a helpful assistant. '.repeat(12) },
    { role: 'user', content: 'Tell me about the quick brown fox. '.repeat(12) },
  ],
  max_tokens: 200,
})

export const CHAT_PATH = '/v1/chat/completions'

/** Until V8 has compiled what is hot. */
export const WARM_UP_SECONDS = 10

interface LoadOptions {
  readonly seconds: number
  readonly connections: number
  /** The request's body; a plain chat completion by default. */
  readonly body?: string
  /** `batch` by default. */
  readonly scheduling?: Scheduling
}

/**
 * Puts as much load on a contestant as its answers allow, over so many kept-alive connections: with wrk where it is on
 * PATH, with autocannon elsewhere.
 */
export function load(target: Contestant, options: LoadOptions): Promise<LoadResult> {
  return isOnPath('wrk') ? wrk(target, options) : cannon(target, options)
}

async function wrk(target: Contestant, options: LoadOptions): Promise<LoadResult> {
  const directory = await mkdtemp(join(tmpdir(), 'sb-wrk-'))
  const script = join(directory, 'post.lua')
  const { seconds, connections, body = BODY, scheduling = 'batch' } = options
  await writeFile(script, wrkScript(target, body))
  const parameters = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, target.url + CHAT_PATH]
  const { stdout } = await promisify(execFile)(...scheduled(scheduling, 'wrk', parameters))
  await rm(directory, { recursive: true })
  const [, requestsPerSecond, p50Ms, p99Ms, errors] = /^RESULT (\S+) (\S+) (\S+) (\d+)$/m.exec(stdout) ?? []
  return {
    requestsPerSecond: Number(requestsPerSecond),
    p50Ms: Number(p50Ms),
    p99Ms: Number(p99Ms),
    errors: Number(errors),
  }
}

function wrkScript(target: Contestant, body: string): string {
  const headers = Object.entries({ 'content-type': 'application/json', ...target.headers })
  return [
    `wrk.method = "POST"`,
    `wrk.body = [==[${body}]==]`,
    ...headers.map(([name, value]) => `wrk.headers["${name}"] = "${value}"`),
    `function done(summary, latency)`,
    `  local errors = summary.errors`,
    `  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / (summary.duration / 1e6),`,
    `    latency:percentile(50) / 1000, latency:percentile(99) / 1000,`,
    `    errors.status + errors.read + errors.connect + errors.timeout))`,
    `end`,
  ].join('\n')
}

async function cannon(target: Contestant, { seconds, connections, body = BODY }: LoadOptions): Promise<LoadResult> {
  const result = await autocannon({
    url: target.url + CHAT_PATH,
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...target.headers },
    connections,
    duration: seconds,
  })
  return {
    requestsPerSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    errors: result.errors + result.non2xx,
  }
}
