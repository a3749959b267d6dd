import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import autocannon from 'autocannon'
import type { Contestant } from './contestants.ts'
import { isOnPath } from './service.ts'

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

const PATH = '/v1/chat/completions'

/** As much as goes through, over kept-alive connections: wrk where it is on PATH, autocannon elsewhere. */
export function fullLoad(target: Contestant, options: { seconds: number; connections: number }): Promise<LoadResult> {
  return isOnPath('wrk') ? wrk(target, options) : cannon(target, options)
}

/** A steady number of requests a second. */
export function steadyLoad(
  target: Contestant,
  options: { seconds: number; connections: number; requestsPerSecond: number },
): Promise<LoadResult> {
  return cannon(target, options)
}

async function wrk(
  target: Contestant,
  { seconds, connections }: { seconds: number; connections: number },
): Promise<LoadResult> {
  const directory = await mkdtemp(join(tmpdir(), 'sb-wrk-'))
  const script = join(directory, 'post.lua')
  const headers = Object.entries({ 'content-type': 'application/json', ...target.headers })
  await writeFile(
    script,
    `wrk.method = "POST"\nwrk.body = [==[${BODY}]==]\n` +
      headers.map(([name, value]) => `wrk.headers["${name}"] = "${value}"\n`).join('') +
      `done = function(summary, latency)
         io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / (summary.duration / 1e6),
           latency:percentile(50) / 1000, latency:percentile(99) / 1000,
           summary.errors.status + summary.errors.read + summary.errors.connect + summary.errors.timeout))
       end`,
  )
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, target.url + PATH]
  const { stdout } = await promisify(execFile)('wrk', options)
  const [, requestsPerSecond, p50Ms, p99Ms, errors] = /^RESULT (\S+) (\S+) (\S+) (\d+)$/m.exec(stdout) ?? []
  return {
    requestsPerSecond: Number(requestsPerSecond),
    p50Ms: Number(p50Ms),
    p99Ms: Number(p99Ms),
    errors: Number(errors),
  }
}

async function cannon(
  target: Contestant,
  { seconds, connections, requestsPerSecond }: { seconds: number; connections: number; requestsPerSecond?: number },
): Promise<LoadResult> {
  const result = await autocannon({
    url: target.url + PATH,
    method: 'POST',
    body: BODY,
    headers: { 'content-type': 'application/json', ...target.headers },
    connections,
    duration: seconds,
    ...(requestsPerSecond ? { overallRate: requestsPerSecond } : {}),
  })
  return {
    requestsPerSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    errors: result.errors + result.non2xx,
  }
}
