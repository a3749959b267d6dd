import autocannon from 'autocannon'
import { connectServer } from '../helpers/connect-server.ts'
import { startSignalbox, type SignalboxContestant } from './contestants.ts'
import { BODY, CHAT_PATH, load } from './load.ts'
import type { Service } from './service.ts'

interface ControlsDeps {
  readonly upstreamUrl: string
  readonly freePort: () => Promise<number>
  /** What has been started, to be stopped at the end. */
  readonly started: Pick<Service, 'stop'>[]
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
}

export interface ControlsResult {
  /** What limits, budgets and credits take of the requests a second, 0 to 1: the middle of the rounds. */
  readonly cost: number
  /** Commands that Redis is sent for a request, at `RATE` requests a second. */
  readonly redisCallsPerRequest: number
  readonly requestsPerSecond: number
}

const RATE = 5_000
const RATE_SECONDS = 6

/** What Signalbox's controls cost: two that differ in nothing else, asked in turns. */
export async function measureControls(deps: ControlsDeps): Promise<ControlsResult> {
  const { upstreamUrl, freePort, started, rounds, seconds, connections } = deps
  const on = await startSignalbox(await freePort(), upstreamUrl)
  started.push(on)
  const off = await startSignalbox(await freePort(), upstreamUrl, { controls: 'off' })
  started.push(off)
  for (const one of [on, off, on, off]) await load(one, { seconds, connections })
  const costs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    // Whichever comes second has the warmer machine: they change places.
    const [first, second] = round % 2 === 0 ? [on, off] : [off, on]
    const rates = new Map<SignalboxContestant, number>()
    for (const one of [first, second]) rates.set(one, (await load(one, { seconds, connections })).requestsPerSecond)
    costs.push(1 - (rates.get(on) ?? Number.NaN) / (rates.get(off) ?? Number.NaN))
  }
  const cost = costs.toSorted((left, right) => left - right)[Math.floor(rounds / 2)] ?? Number.NaN
  return { cost, ...(await countRedisCalls(on)) }
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
