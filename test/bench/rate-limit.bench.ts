import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DATA_PLANE_MEMORY } from '../../shared/embedded/data-plane-memory.ts'
import { DEFAULT_WORKSPACE_LIMITS, type WorkspaceLimits } from '../../shared/limits/limit-settings.ts'
import { createCreditBalance } from '../../shared/money/credit-balance.ts'
import { fromDollars } from '../../shared/money/nanodollars.ts'
import * as keys from '../../shared/redis/keys.ts'
import { encodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import { freePorts } from '../helpers/running-signalbox.ts'
import { connectServer, type Server } from '../helpers/connect-server.ts'
import { startTestRedis, temporaryDirectory } from '../helpers/services.ts'
import { catalog, key, workspace } from '../helpers/snapshot-fixtures.ts'
import { untilListening } from './service.ts'

/**
 * `npm run bench:limits`: four data-plane processes on one Redis, for two minutes offered five times what two workspaces
 * may use: one by requests, one by tokens. What passed is counted in every sliding minute, as the caller saw it begin,
 * as the caller saw it end, and as the provider saw it come. Ends with 1 where a limit was passed, or less than 97 in 100
 * of it was used.
 */

const PROCESSES = 4
const MINUTES = 2
const MINUTE_MS = 60_000
const CALLS_PER_MINUTE = 3_000
const REQUESTS_LIMIT = 600
/** What each answer says that it used; a fifth of the calls fit. */
const TOKENS_A_CALL = 100
const TOKENS_LIMIT = (CALLS_PER_MINUTE * TOKENS_A_CALL) / 5
const LEAST_USED = 0.97

interface Passed {
  readonly begunMs: number
  readonly endedMs: number
  /** When the provider was asked, by the same clock. */
  readonly arrivedMs: number
}

interface Subject {
  readonly name: string
  readonly limit: number
  readonly each: number
  readonly apiKey: string
  readonly passed: Passed[]
  readonly statuses: Map<number, number>
}

const say = (line = ''): void => void process.stdout.write(`${line}\n`)
const children: ChildProcess[] = []
const directory = await temporaryDirectory()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const redisServer = await startTestRedis(directory)
const redis = connectServer({ url: redisServer.url, name: 'bench', mode: 'patient' })
const arrivals = new Map<string, number>()
const upstreamUrl = await startUpstream()
const subjects = await publishSubjects()
const urls = await startProcesses()

say(`${PROCESSES} processes, ${CALLS_PER_MINUTE} calls a minute offered to each limit, ${MINUTES} minutes`)
await offer()
const good = subjects.map(judge)
const calls = subjects.reduce(
  (sum, { statuses }) => sum + [...statuses.values()].reduce((all, each) => all + each, 0),
  0,
)
say(`Redis ran ${await countScripts(redis)} scripts of all kinds for ${calls} calls`)
redis.disconnect()
await redisServer.stop()
process.exit(good.every(Boolean) ? 0 : 1)

/** Answers at once, and notes when it was asked; a call is known again by the `user` it sends. */
async function startUpstream(): Promise<string> {
  const usage = { prompt_tokens: 40, completion_tokens: TOKENS_A_CALL - 40, total_tokens: TOKENS_A_CALL }
  const choices = [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }]
  const answer = JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'sim-fast', choices, usage })
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { user } = JSON.parse(Buffer.concat(chunks).toString()) as { user: string }
      arrivals.set(user, performance.now())
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

async function publishSubjects(): Promise<Subject[]> {
  await store(keys.CATALOG, catalog({ simulatorUrl: upstreamUrl }))
  return Promise.all([
    openSubject({ name: 'requests', limit: REQUESTS_LIMIT, each: 1, rule: { requestsPerMinute: REQUESTS_LIMIT } }),
    openSubject({ name: 'tokens', limit: TOKENS_LIMIT, each: TOKENS_A_CALL, rule: { tokensPerMinute: TOKENS_LIMIT } }),
  ])
}

interface SubjectPlan {
  readonly name: string
  readonly limit: number
  readonly each: number
  readonly rule: Partial<WorkspaceLimits>
}

async function openSubject({ name, limit, each, rule }: SubjectPlan): Promise<Subject> {
  const caller = key()
  const base = workspace({ workspaceId: `bench-${name}`, keys: [caller.key] })
  await store(base.workspaceId, {
    ...base,
    settings: { ...base.settings, limits: { ...DEFAULT_WORKSPACE_LIMITS, ...rule } },
  })
  await redis.set(keys.keyIndexKey(caller.key.hash), base.workspaceId)
  await createCreditBalance(redis).seed(base.workspaceId, fromDollars(1_000_000))
  return { name, limit, each, apiKey: caller.secret, passed: [], statuses: new Map() }
}

async function store(id: string, snapshot: object): Promise<void> {
  const { revision, bytes } = encodeSnapshot(snapshot)
  await redis.set(keys.snapshotRevisionKey(id, revision), bytes)
  await redis.set(keys.snapshotPointerKey(id), JSON.stringify({ revision, changes: 1 }))
}

async function startProcesses(): Promise<string[]> {
  const masterKey = randomBytes(32).toString('base64')
  const ports = await freePorts(PROCESSES)
  for (const port of ports) {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../dist/data-plane/main.js')], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        ...DATA_PLANE_MEMORY,
        REDIS_URL: redisServer.url,
        DATA_PLANE_PORT: String(port),
        DATA_DIR: join(directory, String(port)),
        SIGNALBOX_MASTER_KEY: masterKey,
        ALLOW_PRIVATE_UPSTREAMS: 'loopback',
        LOG_LEVEL: 'error',
      },
    })
    children.push(child)
  }
  await Promise.all(ports.map((port) => untilListening(port)))
  return ports.map((port) => `http://127.0.0.1:${port}`)
}

/** Calls begin at their times, whether or not earlier ones have ended. */
async function offer(): Promise<void> {
  const total = CALLS_PER_MINUTE * MINUTES
  const startMs = performance.now()
  const underWay: Promise<void>[] = []
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startMs) / MINUTE_MS) * CALLS_PER_MINUTE)
      for (let index = underWay.length / subjects.length; index < Math.min(due, total); index += 1) {
        for (const subject of subjects) underWay.push(call(subject, index))
      }
      if (due < total) return
      clearInterval(timer)
      resolve()
    }, 5)
  })
  await Promise.all(underWay)
}

async function call(subject: Subject, index: number): Promise<void> {
  const user = `${subject.name}-${index}`
  const begunMs = performance.now()
  const response = await fetch(`${urls[index % PROCESSES]}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${subject.apiKey}` },
    body: JSON.stringify({ model: 'sim-fast', user, max_tokens: 80, messages: [{ role: 'user', content: 'Hello' }] }),
  })
  await response.arrayBuffer()
  const endedMs = performance.now()
  subject.statuses.set(response.status, (subject.statuses.get(response.status) ?? 0) + 1)
  if (response.status !== 200) return
  subject.passed.push({ begunMs, endedMs, arrivedMs: arrivals.get(user) ?? endedMs })
}

function judge({ name, limit, each, passed, statuses }: Subject): boolean {
  const used = passed.length * each
  const share = used / (limit * MINUTES)
  const most = (['begunMs', 'arrivedMs', 'endedMs'] as const).map(
    (time) => mostInAMinute(passed.map((one) => one[time])) * each,
  )
  const seen = [...statuses]
    .toSorted(([left], [right]) => left - right)
    .map(([status, count]) => `${count} × ${status}`)
  say()
  say(`${name}: limit ${limit} a minute · answers ${seen.join(', ')}`)
  say(`  used ${used} of ${limit * MINUTES}: ${(share * 100).toFixed(1)} % (at least ${LEAST_USED * 100} %)`)
  say(
    `  most in any sliding minute: ${most[0]} begun · ${most[1]} at the provider · ${most[2]} answered (at most ${limit})`,
  )
  return share >= LEAST_USED && Math.max(...most) <= limit
}

function mostInAMinute(times: readonly number[]): number {
  const sorted = times.toSorted((left, right) => left - right)
  let most = 0
  let first = 0
  for (const [index, time] of sorted.entries()) {
    while ((sorted[first] ?? 0) <= time - MINUTE_MS) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

async function countScripts(client: Server): Promise<number> {
  const stats = await client.info('commandstats')
  return [...stats.matchAll(/cmdstat_evalsha?:calls=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
}
