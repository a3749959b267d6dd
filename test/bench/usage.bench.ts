import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { socketDirectory } from '../../shared/embedded/data-directory.ts'
import { createId } from '../../shared/runtime/id.ts'
import { ask } from '../helpers/ask.ts'
import { startSignalbox } from '../helpers/running-signalbox.ts'
import { temporaryDirectory } from '../helpers/services.ts'
import { createMonth, createTally, DAY_MS, type CallSums, type MonthSettings } from './usage-calls.ts'

/**
 * `npm run bench:usage`: a million calls of a month are put into the embedded document store of a running Signalbox, whose
 * worker rolls them up. Then GraphQL is asked for usage. Answers of up to two thousand rows must come within 300 ms (the
 * median of fifteen, after three to warm up), and all must say what plain arithmetic over all calls says. `-- 100000`
 * takes as many calls.
 */

const CALLS = Number(process.argv[2] ?? 1_000_000)
const BATCH = 5_000
const LIMIT_MS = 300
/** Of longer answers most of the time is taken by writing them. */
const LIMIT_ROWS = 2_000
const ROUNDS = 15
const WARM_UP = 3
const DAYS = 30
const GROUPINGS = [
  [],
  ['model'],
  ['day', 'model'],
  ['month', 'key', 'model', 'ab_test'],
  ['day', 'key', 'model', 'gateway', 'variant', 'purpose'],
  ['hour'],
  ['hour', 'model'],
]

const QUERY = `query($workspaceId: ID!, $from: DateTimeISO!, $to: DateTimeISO!, $groupBy: [UsageGroup!]!) {
  usage(workspaceId: $workspaceId, from: $from, to: $to, groupBy: $groupBy) {
    completeUntil
    rows {
      startsAt model calls failed truncated cancelled unknownCostCalls costNanodollars chargeNanodollars
      usage { inputTokens outputTokens } latencyMs { p50 p95 p99 }
    }
  }
}`

interface Row extends Omit<CallSums, 'inputTokens' | 'outputTokens'> {
  readonly startsAt: string | null
  readonly model: string | null
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number }
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number }
}

interface Report {
  readonly usage: { readonly completeUntil: string; readonly rows: readonly Row[] }
}

const dataDir = await temporaryDirectory()
const signalbox = await startSignalbox(dataDir)
try {
  process.exitCode = (await run()) ? 0 : 1
} finally {
  await signalbox.stop()
  await rm(dataDir, { recursive: true, force: true })
}

async function run(): Promise<boolean> {
  const { workspaceId } = signalbox.demo
  // Up to the last full hour: the demo's own calls are of this one.
  const to = Math.floor(Date.now() / 3_600_000) * 3_600_000
  const range = { from: new Date(to - DAYS * DAY_MS), to: new Date(to) }
  const tally = createTally()
  const startedMs = performance.now()
  await seed({ workspaceId, calls: CALLS, to, days: DAYS }, tally)
  const seededMs = performance.now()
  await untilComplete(range)
  const seconds = [seededMs - startedMs, performance.now() - seededMs].map((ms) => (ms / 1_000).toFixed(0))
  say(`${CALLS.toLocaleString('en')} calls written in ${seconds[0]} s, rolled up ${seconds[1]} s later`)
  let holds = true
  for (const groupBy of GROUPINGS) holds = (await measure(range, groupBy)) && holds
  const faults = [...differences(tally.sums, await rowsOf(range, ['day', 'model']))]
  faults.push(...wrongPercentiles(tally, await rowsOf(range, ['model'])))
  say(
    `beside all calls: ${faults.length === 0 ? 'the same' : `${faults.length} differ: ${faults.slice(0, 3).join('; ')}`}`,
  )
  say(holds && faults.length === 0 ? 'ok' : 'NOT ok')
  return holds && faults.length === 0
}

/** Records, and then the marks that say where the worker has to look. */
async function seed(month: MonthSettings, tally: ReturnType<typeof createTally>): Promise<void> {
  const socket = join(socketDirectory(dataDir), 'document-store.sock')
  const client = await new MongoClient(`mongodb://${encodeURIComponent(socket)}/signalbox`).connect()
  const calls = createMonth(month)
  const generations = client.db().collection<ReturnType<typeof calls.next>[number]>('generations')
  const minutes = new Set<number>()
  for (let batch = calls.next(BATCH); batch.length > 0; batch = calls.next(BATCH)) {
    await generations.insertMany(batch, { ordered: false })
    for (const call of batch) {
      tally.add(call)
      minutes.add(Math.floor(call.startedAt / 60_000) * 60_000)
    }
  }
  const marks = client.db().collection<{ _id: string }>('usage_dirty_minutes')
  const { workspaceId } = month
  const marked = [...minutes].map((minute) => {
    return { _id: `${workspaceId}:${minute}`, workspaceId, minute, stamp: createId(), pending: true, keepUntil: 0 }
  })
  await marks.insertMany(marked)
  await client.close()
}

async function untilComplete(range: Range): Promise<void> {
  for (;;) {
    const { usage } = await ask<Report>(signalbox.demo, QUERY, { ...range, groupBy: [] })
    if (new Date(usage.completeUntil).getTime() === range.to.getTime()) return
    await wait(250)
  }
}

interface Range {
  readonly from: Date
  readonly to: Date
}

async function rowsOf(range: Range, groupBy: readonly string[]): Promise<readonly Row[]> {
  return (await ask<Report>(signalbox.demo, QUERY, { ...range, groupBy })).usage.rows
}

async function measure(range: Range, groupBy: readonly string[]): Promise<boolean> {
  const times: number[] = []
  let rows = 0
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const start = performance.now()
    rows = (await rowsOf(range, groupBy)).length
    if (round >= WARM_UP) times.push(performance.now() - start)
  }
  times.sort((one, other) => one - other)
  const [median, slowest] = [times[Math.floor(ROUNDS / 2)] ?? Infinity, times.at(-1) ?? Infinity]
  const by = groupBy.length === 0 ? 'in one row' : `by ${groupBy.join(', ')}`
  say(`  ${by}: ${rows} rows, median ${median.toFixed(0)} ms, slowest of ${ROUNDS} ${slowest.toFixed(0)} ms`)
  return median < LIMIT_MS || rows > LIMIT_ROWS
}

function* differences(expected: ReadonlyMap<string, CallSums>, rows: readonly Row[]): Iterable<string> {
  const found = new Map(rows.map((row) => [`${row.startsAt} ${row.model}`, row]))
  if (found.size !== expected.size) yield `${found.size} rows instead of ${expected.size}`
  for (const [key, sums] of expected) {
    const row = found.get(key)
    const { startsAt: _startsAt, model: _model, latencyMs: _latencies, usage, ...counts } = row ?? { usage: null }
    const told: Record<string, number> = { ...counts, ...usage }
    for (const [name, value] of Object.entries(sums)) {
      if (told[name] !== value) yield `${key} ${name}: ${told[name]} instead of ${value}`
    }
  }
}

/** Each percentile must be within 1 % of the latency of its rank. */
function* wrongPercentiles(tally: ReturnType<typeof createTally>, rows: readonly Row[]): Iterable<string> {
  for (const { model, latencyMs } of rows) {
    if (model === null) continue
    const sorted = tally.latenciesOf(model)
    for (const [name, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const exact = sorted[Math.floor(share * (sorted.length - 1))] ?? 0
      if (Math.abs(latencyMs[name] - exact) > exact * 0.0101)
        yield `${model} ${name}: ${latencyMs[name]} instead of ${exact}`
    }
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
