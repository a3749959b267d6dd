import { availableParallelism } from 'node:os'
import { createSimulator } from '../../shared/embedded/simulator/server.ts'
import { freePorts } from '../helpers/running-signalbox.ts'
import { measureControls } from './controls.ts'
import { startBareProxy, startPortkey, startSignalbox, type Contestant } from './contestants.ts'
import { firstByteLatency } from './latency.ts'
import { load, WARM_UP_SECONDS, type LoadResult } from './load.ts'
import { isOnPath, memoryMegabytes, reschedule } from './service.ts'
import { measureStreamRelay } from './stream-relay.ts'
import { startNginxProxy, startUpstream } from './upstream.ts'

/**
 * `npm run bench`: what Signalbox costs with everything on, as ratios in one run on one machine. Every contestant
 * fetches the same answer from the same upstream, over kept-alive connections, in turns.
 */

const ROUNDS = 3
const SECONDS = 5
const CONNECTIONS = 64
const SOAK_REQUESTS = 100_000
const CONTROL_ROUNDS = 3
const PROCESSES = availableParallelism()
const ON_ALL_CORES = `Signalbox, ${PROCESSES} processes`

const say = (line = ''): void => void process.stdout.write(`${line}\n`)
const started: { stop(): void }[] = []

// Also when it is interrupted: what was started must not stay.
process.once('exit', () => {
  for (const service of started.toReversed()) service.stop()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

await run()
process.exit(0)

async function run(): Promise<void> {
  const upstream = await startUpstream(await freePort())
  started.push(upstream)
  say(`upstream: ${upstream.kind} · load: ${isOnPath('wrk') ? 'wrk' : 'autocannon'}, ${CONNECTIONS} connections`)
  const contestants = await enter(upstream.url)
  const signalbox = find(contestants, 'Signalbox')
  const memoryAtStart = await memoryMegabytes(signalbox.pid)

  for (const contestant of contestants) await load(contestant, { seconds: WARM_UP_SECONDS, connections: CONNECTIONS })
  const results = new Map<Contestant, LoadResult[]>(contestants.map((contestant) => [contestant, []]))
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const contestant of contestants) {
      say(`round ${round} of ${ROUNDS}: ${contestant.name}`)
      results.get(contestant)?.push(await load(contestant, { seconds: SECONDS, connections: CONNECTIONS }))
    }
  }
  await reportThroughput(results)
  reschedule(upstream, 'other')
  await reportAddedLatency(contestants, median(results.get(signalbox) ?? []).requestsPerSecond)
  reschedule(upstream, 'batch')
  await reportControls(upstream.url)
  await reportFirstToken()
  await reportStreams()
  await reportMemory(signalbox, memoryAtStart)
}

async function enter(upstreamUrl: string): Promise<Contestant[]> {
  const present: Contestant[] = []
  const add = (contestant: Contestant): void => {
    present.push(contestant)
    started.push(contestant)
  }
  add({ name: 'direct', url: upstreamUrl, pid: undefined, headers: {}, stop: () => undefined })
  if (isOnPath('nginx')) {
    const proxy = await startNginxProxy(await freePort(), Number(new URL(upstreamUrl).port))
    add({ name: 'nginx proxy', headers: {}, ...proxy })
  }
  add(await startBareProxy(await freePort(), upstreamUrl, 'plain'))
  add(await startBareProxy(await freePort(), upstreamUrl, 'lean'))
  add(await startSignalbox(await freePort(), upstreamUrl))
  const environment = { DATA_PLANE_PROCESSES: String(PROCESSES) }
  add({ ...(await startSignalbox(await freePort(), upstreamUrl, { environment })), name: ON_ALL_CORES })
  const portkey = await startPortkey(await freePort(), upstreamUrl)
  if (portkey) add(portkey)
  else say('Portkey could not be fetched and is left out')
  return present
}

async function reportThroughput(results: Map<Contestant, LoadResult[]>): Promise<void> {
  const bare = median(results.get(find([...results.keys()], 'bare Fastify + undici')) ?? [])
  say()
  say('                          requests/s   of bare   p50 ms   p99 ms   errors   memory MB')
  for (const [contestant, list] of results) {
    const { requestsPerSecond, p50Ms, p99Ms, errors } = median(list)
    const memory = await memoryMegabytes(contestant.pid)
    say(
      contestant.name.padEnd(24) +
        requestsPerSecond.toFixed(0).padStart(12) +
        (requestsPerSecond / bare.requestsPerSecond).toFixed(2).padStart(10) +
        p50Ms.toFixed(2).padStart(9) +
        p99Ms.toFixed(2).padStart(9) +
        String(errors).padStart(9) +
        (memory === null ? '-' : memory.toFixed(0)).padStart(12),
    )
  }
  const rate = (name: string): number => {
    const contestant = [...results.keys()].find((entry) => entry.name.startsWith(name))
    return contestant ? median(results.get(contestant) ?? []).requestsPerSecond : Number.NaN
  }
  const [bareRate, leanest, portkey] = [rate('bare'), rate('leanest'), rate('Portkey')]
  say()
  say(`Signalbox / bare proxy: ${(rate('Signalbox') / bareRate).toFixed(2)}, one process each (wanted: at least 0.60)`)
  say(`Signalbox / leanest:    ${(rate('Signalbox') / leanest).toFixed(2)}, one process each: no streams, no checks`)
  say(`Signalbox / Portkey:    ${(rate('Signalbox') / portkey).toFixed(1)}, one process each`)
  // Portkey is one process and cannot be more; a host's cores are there to be used.
  say(`Signalbox / Portkey:    ${(rate(ON_ALL_CORES) / portkey).toFixed(1)}, with a process a core (wanted: 5, then 8)`)
  say(`leanest / Portkey:      ${(leanest / portkey).toFixed(1)}: what one process of Node can be`)
}

async function reportControls(upstreamUrl: string): Promise<void> {
  const result = await measureControls({
    upstreamUrl,
    freePort,
    started,
    rounds: CONTROL_ROUNDS,
    seconds: SECONDS - 2,
    connections: CONNECTIONS,
  })
  say()
  say(
    `limits, budgets and credits take ${(100 * result.cost).toFixed(1)} % of the requests a second (wanted: at most 12)`,
  )
  say(
    `Redis is sent ${result.redisCallsPerRequest.toFixed(4)} commands a request at ${result.requestsPerSecond.toFixed(0)} requests/s (wanted: under 0.05 at 5,000)`,
  )
}

/** Half load: as few connections, each asking again as soon as it is answered, as give about half of all there is. */
async function findHalfLoad(signalbox: Contestant, fullRate: number): Promise<number> {
  for (let connections = 1; connections < CONNECTIONS; connections += 1) {
    const { requestsPerSecond } = await load(signalbox, { seconds: 2, connections, scheduling: 'other' })
    if (requestsPerSecond >= 0.4 * fullRate) return connections
  }
  return CONNECTIONS
}

async function reportAddedLatency(contestants: readonly Contestant[], signalboxRate: number): Promise<void> {
  const [direct, signalbox] = [find(contestants, 'direct'), find(contestants, 'Signalbox')]
  const connections = await findHalfLoad(signalbox, signalboxRate)
  const steady = { seconds: SECONDS, connections, scheduling: 'other' } as const
  const results: { direct: LoadResult; signalbox: LoadResult }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    results.push({ direct: await load(direct, steady), signalbox: await load(signalbox, steady) })
  }
  const p99 = (result: { direct: LoadResult; signalbox: LoadResult }): number =>
    result.signalbox.p99Ms - result.direct.p99Ms
  const middle = results.toSorted((left, right) => p99(left) - p99(right))[Math.floor(ROUNDS / 2)]
  if (!middle) return
  const [before, after] = [middle.direct, middle.signalbox]
  say()
  say(`at half load (${after.requestsPerSecond.toFixed(0)} requests/s, ${steady.connections} connections):`)
  say(`  direct    p50 ${before.p50Ms.toFixed(2)} ms, p99 ${before.p99Ms.toFixed(2)} ms`)
  say(`  Signalbox p50 ${after.p50Ms.toFixed(2)} ms, p99 ${after.p99Ms.toFixed(2)} ms`)
  say(`  added p99 ${p99(middle).toFixed(2)} ms (wanted: under 2)`)
}

async function reportFirstToken(): Promise<void> {
  const simulator = createSimulator()
  await simulator.listen()
  const base = simulator.url().replace(/\/v1$/, '')
  const signalbox = await startSignalbox(await freePort(), base)
  started.push(signalbox)
  const pair: Contestant[] = [
    { name: 'direct', url: base, pid: undefined, headers: {}, stop: () => undefined },
    signalbox,
  ]
  await firstByteLatency(pair, 200)
  const [direct, through] = await firstByteLatency(pair, 1_000)
  await simulator.close()
  if (!direct || !through) return
  say()
  say(`time to first token: direct p50 ${direct.p50Ms.toFixed(2)} ms, Signalbox p50 ${through.p50Ms.toFixed(2)} ms`)
  say(
    `  added p50 ${(through.p50Ms - direct.p50Ms).toFixed(2)} ms, added p99 ${(through.p99Ms - direct.p99Ms).toFixed(2)} ms`,
  )
}

async function reportStreams(): Promise<void> {
  const results = await measureStreamRelay({ freePort, started, rounds: ROUNDS, seconds: SECONDS - 2 })
  const passthrough = results.find(({ gateway }) => gateway === 'openai')?.chunksPerSecond ?? Number.NaN
  say()
  for (const { gateway, chunksPerSecond } of results) {
    const ratio = (chunksPerSecond / passthrough).toFixed(2)
    say(
      `streams of ${gateway.padEnd(10)} ${chunksPerSecond.toFixed(0).padStart(8)} chunks/s  ${ratio} of the passthrough`,
    )
  }
  say('  (wanted: at least 0.50 for Anthropic and Bedrock)')
}

async function reportMemory(signalbox: Contestant, atStart: number | null): Promise<void> {
  const soak = async (): Promise<number | null> => {
    for (let sent = 0; sent < SOAK_REQUESTS;) {
      const { requestsPerSecond } = await load(signalbox, { seconds: SECONDS, connections: CONNECTIONS })
      sent += requestsPerSecond * SECONDS
    }
    return memoryMegabytes(signalbox.pid)
  }
  const [after, later] = [await soak(), await soak()]
  say()
  say(
    `data plane memory: start ${atStart?.toFixed(0)} MB, after more than ${SOAK_REQUESTS} requests ${after?.toFixed(0)} MB (wanted: under 150)`,
  )
  say(`  after as many again ${later?.toFixed(0)} MB`)
}

async function freePort(): Promise<number> {
  const [port] = await freePorts(1)
  if (port === undefined) throw new Error('there is no free port')
  return port
}

function find(contestants: readonly Contestant[], name: string): Contestant {
  const found = contestants.find((contestant) => contestant.name === name)
  if (!found) throw new Error(`${name} is not in the run`)
  return found
}

/** The round in the middle, by throughput. */
function median(results: readonly LoadResult[]): LoadResult {
  const sorted = results.toSorted((left, right) => left.requestsPerSecond - right.requestsPerSecond)
  return (
    sorted[Math.floor(sorted.length / 2)] ?? {
      requestsPerSecond: Number.NaN,
      p50Ms: Number.NaN,
      p99Ms: Number.NaN,
      errors: 0,
    }
  )
}
