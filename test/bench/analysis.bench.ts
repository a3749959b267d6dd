import { createRandom } from '../../control-plane/modules/ab-tests/statistics/random.ts'
import {
  analyseAbTest,
  type Analysis,
  type AnalysisInput,
} from '../../control-plane/modules/analyses/analyse-ab-test.ts'
import { DEFAULT_SETTINGS } from '../../control-plane/modules/analyses/analysis-settings.ts'
import {
  readCallOutcome,
  type CallOutcome,
  type CallRecord,
} from '../../control-plane/modules/analyses/call-outcome.ts'
import type { StageBatch } from '../../control-plane/modules/analyses/check-sample-ratios.ts'
import { changeCells, changeUnits, readCellKey } from '../../control-plane/modules/analyses/count-units.ts'
import { decodeCell, encodeCell } from '../../control-plane/modules/analyses/encode-counts.ts'
import { measuredMetrics } from '../../control-plane/modules/analyses/measured-metrics.ts'
import { emptyCell, type VariantCell } from '../../control-plane/modules/analyses/variant-cell.ts'
import { RawValues } from './raw-values.ts'

/**
 * `npm run bench:analysis`: a million units, each exposed once, over two weeks and five variants. Their calls are counted
 * in batches as workers do; then an analysis of ten metrics is made from what is counted, the way the API makes it:
 * decoding the cells included. It must take less than 200 ms and show what plain arithmetic over all records shows.
 */

const UNITS = 1_000_000
const BATCH = 20_000
const LIMIT_MS = 200
const ROUNDS = 20
const VARIANTS = ['v1', 'v2', 'v3', 'v4', 'v5']
const WEIGHTS = new Map([[1, new Map(VARIANTS.map((id) => [id, 1 / VARIANTS.length]))]])
const PERIOD_MS = 14 * 86_400_000
const COMPARED = [
  'total_latency',
  'total_latency:p95',
  'time_to_first_token:p50',
  'tokens_per_second',
  'cost',
  'output_tokens',
  'error_rate',
  'cost_per_1k_tokens',
  'quality',
  'cost_per_solved:quality',
]

const quality = { id: 'quality', name: 'quality', direction: 'higher' } as const
const metrics = measuredMetrics([quality]).filter(({ id }) => COMPARED.includes(id))

process.exitCode = run() ? 0 : 1

function run(): boolean {
  const raw = new RawValues()
  const counted = countAll(raw)
  const written = new Map([...counted].map(([key, cell]) => [key, encodeCell(cell)]))
  const batches = batchesOf(counted)
  const times = Array.from({ length: ROUNDS }, () => timed(() => analyseWritten(written, batches))).toSorted(
    (a, b) => a - b,
  )
  const analysis = analyseWritten(written, batches)
  const unlike = analysis.metrics.flatMap((metric) =>
    metric.variants.flatMap((arm) => raw.differences(metric.metric, arm)),
  )
  const [median, slowest] = [times[Math.floor(ROUNDS / 2)] ?? Infinity, times.at(-1) ?? Infinity]
  const holds = slowest < LIMIT_MS && unlike.length === 0 && analysis.metrics.length === COMPARED.length

  const units = analysis.validity.units.toLocaleString('en')
  say(`${units} exposures, ${VARIANTS.length} variants, ${analysis.metrics.length} metrics, ${counted.size} cells`)
  say(
    `analysis: median ${median.toFixed(1)} ms, slowest of ${ROUNDS} ${slowest.toFixed(1)} ms (less than ${LIMIT_MS} ms)`,
  )
  say(
    `beside all records: ${unlike.length === 0 ? 'the same' : `${unlike.length} differ: ${unlike.slice(0, 3).join('; ')}`}`,
  )
  say(`${analysis.decision.state}: ${analysis.decision.sentence}`)
  say(holds ? 'ok' : 'NOT ok')
  return holds
}

/** In batches; the scores of every tenth call come after it, so that its unit is taken out and put in anew. */
function countAll(raw: RawValues): Map<string, VariantCell> {
  const cells = new Map<string, VariantCell>()
  for (let first = 0; first < UNITS; first += BATCH) {
    const outcomes = simulate(first, BATCH)
    for (const outcome of outcomes) raw.add(outcome)
    const early = outcomes.map((after, index) => (index % 10 === 0 ? withoutScore(after) : after))
    const { units } = changeUnits(
      early.map((after) => ({ before: null, after })),
      new Map(),
      Infinity,
    )
    changeCells(cells, units)
    const known = new Map([...units].map(([id, { after }]) => [id, after]))
    const late = outcomes.flatMap((after, index) => (index % 10 === 0 ? [{ before: early[index] ?? null, after }] : []))
    changeCells(cells, changeUnits(late, known, Infinity).units)
  }
  return cells
}

function withoutScore(outcome: CallOutcome): CallOutcome {
  return {
    ...outcome,
    scored: false,
    values: outcome.values.filter(([key]) => key !== quality.id),
    pairs: outcome.pairs.filter(([key]) => !key.endsWith(quality.id)),
  }
}

/** The same whatever the size of batches: each unit has numbers of its own. */
function simulate(first: number, count: number): CallOutcome[] {
  return Array.from({ length: count }, (_none, index) => {
    const unit = first + index
    const random = createRandom(unit)
    const place = Math.floor(random.uniform() * VARIANTS.length)
    const failed = random.uniform() < 0.01
    const latencyMs = random.lognormal(6 + place * 0.01, 0.6)
    const record: CallRecord = {
      _id: `g${String(unit).padStart(9, '0')}`,
      status: failed ? 'failed' : 'succeeded',
      finishReason: 'stop',
      usage: usageOf(Math.round(random.lognormal(6, 1)), Math.round(random.lognormal(5, 0.7))),
      costNanodollars: Math.round(random.lognormal(12 + place * 0.02, 0.8)),
      latencyMs,
      timeToFirstTokenMs: latencyMs * random.uniform(),
      startedAt: Math.floor((unit / UNITS) * PERIOD_MS),
      attempts: [{}],
      exposure: {
        unitId: `u${unit}`,
        variantId: VARIANTS[place] ?? '',
        how: 'allocated',
        weightsVersion: 1,
        contaminated: false,
      },
    }
    const score = { metricId: 'quality', value: failed ? null : random.bernoulli(0.7 + place * 0.01) }
    const after = readCallOutcome(record, [score])
    if (!after) throw new Error('a call of a test is one')
    return after
  })
}

function usageOf(uncachedInputTokens: number, outputTokens: number): NonNullable<CallRecord['usage']> {
  return {
    uncachedInputTokens,
    outputTokens,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    inputAudioTokens: 0,
    inputImageTokens: 0,
    reasoningTokens: 0,
    outputAudioTokens: 0,
    outputImageTokens: 0,
    webSearches: 0,
    estimated: false,
  }
}

/** From what the database holds, as the API does it. */
function analyseWritten(written: ReadonlyMap<string, string>, batches: readonly StageBatch[]): Analysis {
  const arms = VARIANTS.map((id) => {
    const text = written.get(`${id}:r:all`)
    return { id, name: id, cell: text === undefined ? emptyCell() : decodeCell(text), isLive: true }
  })
  const [baseline, ...variants] = arms
  if (!baseline) throw new Error('a test has a variant')
  const input: AnalysisInput = {
    settings: {
      ...DEFAULT_SETTINGS,
      primaries: [{ metricId: 'quality', smallestEffect: 0.01, scale: 'relative' }],
      guardrails: [{ metricId: 'total_latency:p95', margin: 0.1, scale: 'relative' }],
    },
    metrics,
    baseline,
    variants,
    randomized: true,
    adaptive: false,
    batches,
    weights: WEIGHTS,
    smallestPValues: new Map(),
  }
  return analyseAbTest(input)
}

/** Hours keep their stages beside the cell, where they are read without it. */
function batchesOf(cells: ReadonlyMap<string, VariantCell>): StageBatch[] {
  return [...cells].flatMap(([key, { stages }]) => {
    const { variantId, hour } = readCellKey(key)
    if (hour === null) return []
    return [...stages].map(([weightsVersion, counts]) => ({ variantId, hour, weightsVersion, counts }))
  })
}

function timed(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
