import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, readAccount } from '../helpers/ask.ts'
import * as benchmark from '../helpers/benchmark-runs.ts'
import { startSignalbox, type RunningSignalbox } from '../helpers/running-signalbox.ts'
import { temporaryDirectory } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// Seconds, not milliseconds: whole processes are killed and started, and every call is a real one.
const LIMIT_MS = 600_000
/** Set to 1000 for the full size. */
const PROMPTS = Number(process.env['BENCHMARK_PROMPTS'] ?? 60)
const VARIANTS = 3
const CELLS = PROMPTS * VARIANTS

let dataDir: string
let signalbox: RunningSignalbox
beforeAll(async () => {
  dataDir = await temporaryDirectory()
  signalbox = await startSignalbox(dataDir)
}, LIMIT_MS)
afterAll(async () => {
  await signalbox.stop()
  await rm(dataDir, { recursive: true, force: true })
}, LIMIT_MS)

test(
  'a run whose worker is killed twice has each result once, never goes back, and is charged for its results alone',
  async () => {
    const { demo } = signalbox
    const { benchmarkId, variantIds, metricIds } = await prepare()
    const before = await readAccount(demo)
    const { id } = await benchmark.startRun(demo, { benchmarkId, variantIds, metricIds, concurrency: 8 })
    const seen: number[] = []
    const kills = [Math.floor(CELLS / 4), Math.floor(CELLS / 2)]
    await waitUntil(
      async () => {
        const { state, progress } = await benchmark.readRun(demo, id)
        seen.push(progress.done)
        if (progress.done >= (kills[0] ?? Infinity) && state === 'running' && killWorker()) kills.shift()
        return state === 'completed'
      },
      { limitMs: LIMIT_MS, what: 'a run that is complete' },
    )

    expect(kills).toEqual([])
    expect(seen).toEqual(seen.toSorted((left, right) => left - right))
    const cells = await benchmark.readCells(demo, id)
    expect(cells).toHaveLength(CELLS)
    expect(new Set(cells.map(({ promptId, variantId }) => `${promptId} ${variantId}`)).size).toBe(CELLS)
    expect(new Set(cells.map(({ generationId }) => generationId)).size).toBe(CELLS)
    expect(cells.every(({ outcome, scores }) => outcome === 'answered' && scores.length === 1)).toBe(true)
    const charged = cells.reduce((sum, cell) => sum + cell.chargeNanodollars, 0)
    expect(charged).toBeGreaterThan(0)
    const { progress } = await benchmark.readRun(demo, id)
    expect(progress).toEqual({ total: CELLS, done: CELLS, answered: CELLS, failed: 0, chargeNanodollars: charged })
    await waitUntil(async () => before.ledgerNanodollars - (await readAccount(demo)).ledgerNanodollars === charged, {
      limitMs: 30_000,
      what: 'a ledger that is charged for the results',
    })
    const account = await readAccount(demo)
    expect((account.balanceNanodollars ?? 0) + (account.reservedNanodollars ?? 0)).toBe(account.ledgerNanodollars)
  },
  LIMIT_MS,
)

/** False: it is being started again already. */
function killWorker(): boolean {
  const pid = signalbox.pidOf('workers/main.js')
  if (pid) process.kill(pid, 'SIGKILL')
  return pid !== undefined
}

async function prepare(): Promise<{ benchmarkId: string; variantIds: string[]; metricIds: string[] }> {
  const { demo } = signalbox
  const abTestId = demo.applicationId
  const variantIds = await benchmark.makeVariants(
    demo,
    ['Answer in one word.', 'Answer in one sentence.', 'Answer at length.'].map((systemPrompt) => ({
      model: 'simulator:sim-fast',
      systemPrompt,
    })),
  )
  const { createMetric } = await ask<{ createMetric: { id: string } }>(
    demo,
    'mutation($workspaceId: ID!, $input: CreateMetricInput!) { createMetric(workspaceId: $workspaceId, input: $input) { id } }',
    { input: { abTestId, kind: 'fuzzy-match', name: 'closeness' } },
  )
  const benchmarkId = await benchmark.createBenchmark(demo, { name: 'Questions', abTestId })
  const rows = Array.from({ length: PROMPTS }, (_none, index) => {
    const messages = [{ role: 'user', content: `Question ${index}: what is the capital of France?` }]
    return JSON.stringify({ messages, expected_output: 'Paris' })
  })
  const uploaded = await benchmark.uploadPrompts(demo, benchmarkId, rows.join('\n'))
  expect(uploaded).toEqual({ added: PROMPTS, duplicates: 0, faultCount: 0, faults: [] })
  return { benchmarkId, variantIds, metricIds: [createMetric.id] }
}
