import autocannon from 'autocannon'
import { connectServer } from '../helpers/connect-server.ts'
import { startSignalbox, type SignalboxContestant } from './contestants.ts'
import { BODY, CHAT_PATH, load, WARM_UP_SECONDS } from './load.ts'
import type { Service } from './service.ts'

interface ControlsDeps {
  readonly upstreamUrl: string
  readonly freePort: () => Promise<number>
  /** What has been started, to be stopped at the end. */
  readonly started: Pick<Service, 'stop'>[]
  /** With each of the starts. */
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
}

export interface ControlsResult {
  /** What limits, budgets and credits take of the requests a second, 0 to 1: the mean of all rounds of all starts. */
  readonly cost: number
  /** Commands that Redis is sent for a request, at `RATE` requests a second. */
  readonly redisCallsPerRequest: number
  readonly requestsPerSecond: number
}

const RATE = 5_000
const RATE_SECONDS = 6

/** V8 compiles no two starts alike: one may serve a tenth more than the next, for as long as it lives. */
const STARTS = 4

/** What Signalbox's controls cost: two that differ in nothing else, asked in turns; several such pairs. */
export async function measureControls(deps: ControlsDeps): Promise<ControlsResult> {
  const costs: number[] = []
  let last: SignalboxContestant | null = null
  for (let start = 0; start < STARTS; start += 1) {
    last?.stop()
    const pair = await startPair(deps)
    costs.push(...(await comparePair(pair, deps)))
    pair.off.stop()
    last = pair.on
  }
  if (!last) throw new Error('nothing was started')
  const cost = costs.reduce((sum, each) => sum + each, 0) / costs.length
  return { cost, ...(await countRedisCalls(last)) }
}

interface Pair {
  readonly on: SignalboxContestant
  readonly off: SignalboxContestant
}

async function startPair({ upstreamUrl, freePort, started, connections }: ControlsDeps): Promise<Pair> {
  const on = await startSignalbox(await freePort(), upstreamUrl)
  started.push(on)
  const off = await startSignalbox(await freePort(), upstreamUrl, { controls: 'off' })
  started.push(off)
  for (const one of [on, off]) await load(one, { seconds: WARM_UP_SECONDS, connections })
  return { on, off }
}

async function comparePair({ on, off }: Pair, { rounds, seconds, connections }: ControlsDeps): Promise<number[]> {
  const costs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    // Whichever comes second has the warmer machine: they change places.
    const [first, second] = round % 2 === 0 ? [on, off] : [off, on]
    const rates = new Map<SignalboxContestant, number>()
    for (const one of [first, second]) rates.set(one, (await load(one, { seconds, connections })).requestsPerSecond)
    costs.push(1 - (rates.get(on) ?? Number.NaN) / (rates.get(off) ?? Number.NaN))
  }
  return costs
}

/** Counts what clients send to Redis; what scripts do inside it is not counted. */
async function countRedisCalls(signalbox: SignalboxContestant) {
  const redis = connectServer({ url: signalbox.redisUrl, name: 'bench', mode: 'patient' })
  const monitor = await redis.monitor()
  let calls = 0
  monitor.on('monitor', (_time: string, _command: string[], source: string) => {
    if (source !== 'lua') calls += 1
  })
  const result = await autocannon({
    url: signalbox.url + CHAT_PATH,
    method: 'POST',
    body: BODY,
    headers: { 'content-type': 'application/json', ...signalbox.headers },
    connections: 64,
    duration: RATE_SECONDS,
    overallRate: RATE,
  })
  monitor.disconnect()
  redis.disconnect()
  const requests = result['2xx']
  return { redisCallsPerRequest: calls / requests, requestsPerSecond: requests / result.duration }
}
