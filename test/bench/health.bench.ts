import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createSimulator, type Simulator } from '../../shared/embedded/simulator/server.ts'
import { freePorts } from '../helpers/running-signalbox.ts'
import { catalog, model, PRICE } from '../helpers/snapshot-fixtures.ts'
import { startSignalbox } from './contestants.ts'
import { startSteadyLoad, type CallResult } from './health-load.ts'
import { plotHealth, type Move } from './health-plot.ts'
import { measureRefresh } from './health-refresh.ts'
import { settledAfter, sharesOf, type Slot, type Span } from './health-shares.ts'

/**
 * `npm run bench:health [-- <file.svg>]`: one model at three endpoints, two data-plane processes, a steady load. One
 * endpoint turns slow and heals; another fails, with errors and with connections reset, and heals. Shown is where the
 * traffic goes meanwhile, as the endpoints themselves count it; told is how soon each lost its share and had it back,
 * and that no caller noticed. Ends with 1 where a limit is missed.
 */

const CALLS_PER_SECOND = 300
const PROCESSES = 2
const ENDPOINTS = ['A', 'B', 'C']
const USUAL_MS = 50
const SLOW_MS = 1_000

const PHASES = [
  { name: 'all well', from: 0, to: 8 },
  { name: 'A slow ×20', from: 8, to: 20 },
  { name: 'A healed', from: 20, to: 45 },
  { name: 'B fails', from: 45, to: 57 },
  { name: 'B healed', from: 57, to: 90 },
] as const
const [, slow, slowHealed, failing, failingHealed] = PHASES
const SECONDS = failingHealed.to
const SLOT_MS = 500

const FAIR = 1 / ENDPOINTS.length
const LOST_BELOW = FAIR / 3
const REGAINED_ABOVE = FAIR / 2
const LOSE_WITHIN_SECONDS = 5
const REGAIN_WITHIN_SECONDS = 30
const REFRESH_LIMIT_MS = 5

const say = (line = ''): void => void process.stdout.write(`${line}\n`)
const started: { stop(): void }[] = []
process.once('exit', () => {
  for (const service of started) service.stop()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

process.exit((await run()) ? 0 : 1)

async function run(): Promise<boolean> {
  const refresh = measureRefresh()
  const { slots, calls } = await simulate()
  const moves = judge(slots)
  const lost = calls.filter((call) => call.lost !== null)
  const attempts = slots.flatMap((slot) => slot.attempts).reduce((sum, each) => sum + each, 0)

  reportPhases(slots, calls)
  say()
  for (const { what, seconds, limit } of moves) {
    say(
      `${what.padEnd(34)} ${seconds === null ? 'never' : `${seconds.toFixed(1)} s`}`.padEnd(46) +
        `(wanted: ${limit} s)`,
    )
  }
  say(
    `requests lost: ${lost.length} of ${calls.length} (wanted: 0)   attempts: ${attempts}, of them fallbacks: ${attempts - calls.length}`,
  )
  for (const each of new Set(lost.slice(0, 5).map((call) => call.lost))) say(`  ${each}`)
  say(
    `health of 2,000 endpoints put together in ${refresh.refreshMs.toFixed(2)} ms (wanted: under ${REFRESH_LIMIT_MS})`,
  )
  say(`  what is told of them gathered in ${refresh.tellMs.toFixed(2)} ms`)

  const file = process.argv[2] ?? join(tmpdir(), 'health.svg')
  await writeFile(file, plotHealth({ slots, endpoints: ENDPOINTS, phases: PHASES, moves, fair: FAIR }))
  say(`plot: ${file}`)
  const movedInTime = moves.every(({ seconds, limit }) => seconds !== null && seconds <= limit)
  return movedInTime && lost.length === 0 && refresh.refreshMs < REFRESH_LIMIT_MS
}

async function simulate(): Promise<{ slots: Slot[]; calls: readonly CallResult[] }> {
  const simulator = createSimulator({
    models: ENDPOINTS,
    latencyMs: USUAL_MS,
    // More than half a second of calls.
    remember: 2 * CALLS_PER_SECOND,
  })
  await simulator.listen()
  const [port = 0] = await freePorts(1)
  const signalbox = await startSignalbox(port, simulator.origin(), {
    describeCatalog: () => catalog({ simulatorUrl: simulator.url(), models: [describeModel()] }),
    environment: { DATA_PLANE_PROCESSES: String(PROCESSES), LOG_LEVEL: 'error' },
  })
  started.push(signalbox)
  say(`${CALLS_PER_SECOND} calls/s, every other one streamed, for ${SECONDS} s, to ${PROCESSES} data-plane processes`)
  const load = startSteadyLoad(signalbox, { model: 'balanced', callsPerSecond: CALLS_PER_SECOND })
  const slots = await watch(simulator)
  const calls = await load.stop()
  signalbox.stop()
  await simulator.close()
  return { slots, calls }
}

function describeModel() {
  const endpoints = ENDPOINTS.map((name) => ({
    gateway: 'simulator' as const,
    upstreamModel: name,
    price: PRICE,
    credentialId: null,
  }))
  return model({ id: 'balanced', endpoints })
}

/** Plays the phases, and counts what comes in. */
async function watch(simulator: Simulator): Promise<Slot[]> {
  const slots: Slot[] = []
  const startedMs = performance.now()
  let phase: (typeof PHASES)[number] | undefined
  for (let from = 0; from < SECONDS; from += SLOT_MS / 1_000) {
    const next = PHASES.findLast((each) => each.from <= from)
    if (next !== phase) play(simulator, next)
    phase = next
    await wait(startedMs + from * 1_000 + SLOT_MS - performance.now())
    const seen = simulator.requests()
    simulator.forgetRequests()
    slots.push({
      from,
      to: from + SLOT_MS / 1_000,
      attempts: ENDPOINTS.map((name) => seen.filter(({ body }) => modelIn(body) === name).length),
    })
  }
  return slots
}

function play({ script }: Simulator, phase: (typeof PHASES)[number] | undefined): void {
  script.clear()
  if (phase === slow) script.add({ type: 'answer', model: 'A', latencyMs: SLOW_MS, times: Infinity })
  if (phase !== failing) return
  for (let turn = 0; turn < 100; turn += 1) {
    script.add(
      { type: 'status', status: 500, model: 'B', times: 3 },
      { type: 'connection-reset', model: 'B', times: 3 },
    )
  }
  script.add({ type: 'status', status: 500, model: 'B', times: Infinity })
}

function modelIn(body: unknown): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, 'model') : undefined
}

function judge(slots: readonly Slot[]): Move[] {
  const settle = (endpoint: number, span: Span, isWanted: (share: number) => boolean): number | null =>
    settledAfter(slots, sharesOf(slots, endpoint), { span, isWanted })
  const loses = (share: number): boolean => share < LOST_BELOW
  const regains = (share: number): boolean => share > REGAINED_ABOVE
  return [
    {
      what: 'A, slow, loses its traffic after',
      from: slow.from,
      seconds: settle(0, slow, loses),
      limit: LOSE_WITHIN_SECONDS,
    },
    {
      what: 'A, healed, has it back after',
      from: slowHealed.from,
      seconds: settle(0, slowHealed, regains),
      limit: REGAIN_WITHIN_SECONDS,
    },
    {
      what: 'B, failing, loses its traffic after',
      from: failing.from,
      seconds: settle(1, failing, loses),
      limit: LOSE_WITHIN_SECONDS,
    },
    {
      what: 'B, healed, has it back after',
      from: failingHealed.from,
      seconds: settle(1, failingHealed, regains),
      limit: REGAIN_WITHIN_SECONDS,
    },
  ]
}

function reportPhases(slots: readonly Slot[], calls: readonly CallResult[]): void {
  say()
  say(`${'phase'.padEnd(20)}  share of A, B, C        calls   first byte p50, p99`)
  for (const { name, from, to } of PHASES) {
    const within = slots.filter((slot) => slot.from >= from && slot.from < to)
    const attempts = ENDPOINTS.map((_name, index) => within.reduce((sum, slot) => sum + (slot.attempts[index] ?? 0), 0))
    const all = attempts.reduce((sum, each) => sum + each, 0)
    const asked = calls.filter(({ at }) => at >= from && at < to)
    const times = asked.map(({ firstByteMs }) => firstByteMs).toSorted((left, right) => left - right)
    const at = (share: number): string => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(0)} ms`
    const shares = attempts.map((each) => `${((100 * each) / all).toFixed(1)} %`.padStart(7)).join(' ')
    say(
      `${`${from}–${to} s ${name}`.padEnd(20)} ${shares} ${String(asked.length).padStart(8)}` +
        `   ${at(0.5).padStart(8)}, ${at(0.99)}`,
    )
  }
}
