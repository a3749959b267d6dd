import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Benchmark, BenchmarkRun, RunBatch, RunState, StoredPrompt } from './benchmark-documents.ts'
import * as errors from './benchmarks.errors.ts'
import { contentHashOf } from './add-prompts.ts'
import type { MetricsOf } from './run-metrics.ts'
import { batchCells } from './run-plan.ts'
import { transitRun, type RunAction } from './run-transitions.ts'

export const MOST_RUN_VARIANTS = 20
export const MOST_RUN_METRICS = 20
export const MOST_CONCURRENCY = 32
/** Cells that one job works on: few, so that a run that is paused or whose worker died has little to look at again. */
export const CELLS_AT_ONCE = 50
/** Prompts by variants of one run: as many calls somebody pays for. */
export const MOST_CELLS = 100_000

export interface NewRun {
  readonly benchmark: Benchmark
  /** Null: the benchmark's own. */
  readonly abTestId: string | null
  readonly variantIds: readonly string[]
  readonly metricIds: readonly string[]
  readonly concurrency: number
  readonly createdBy: string
}

export interface RunControl {
  /** Fixes what a run asks, and has it begin. Prompts that are added later are not part of it. */
  start(run: NewRun): Promise<BenchmarkRun>
  /** Calls under way end; no new ones begin. */
  pause(workspaceId: string, runId: string): Promise<BenchmarkRun>
  resume(workspaceId: string, runId: string): Promise<BenchmarkRun>
  /** Ends it for good. What was answered stays. */
  cancel(workspaceId: string, runId: string): Promise<BenchmarkRun>
  /** Hands out the work of runs again that a lost queue has forgotten. What is handed out already is not done twice. */
  revive(workspaceIds: readonly string[]): Promise<void>
}

/** The A/B tests that runs ask. */
export interface TestFacts {
  /** Throws where there is none. */
  productionVariantOf(workspaceId: string, abTestId: string): Promise<string | null>
  /** Those of some ids that are in use in the test. */
  liveVariants(workspaceId: string, abTestId: string, variantIds: readonly string[]): Promise<ReadonlySet<string>>
}

export interface BatchPointer {
  readonly workspaceId: string
  readonly runId: string
  readonly batch: number
  readonly turn: number
}

interface Deps {
  readonly prompts: WorkspaceCollection<StoredPrompt>
  readonly runs: WorkspaceCollection<BenchmarkRun>
  readonly batches: WorkspaceCollection<RunBatch>
  readonly tests: TestFacts
  readonly metricsOf: MetricsOf
  readonly enqueueBatch: (pointer: BatchPointer) => Promise<void>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createRunControl(deps: Deps): RunControl {
  const { prompts, runs, batches, tests, metricsOf, enqueueBatch, clock, createId } = deps

  return {
    async start({ benchmark, concurrency, createdBy, ...asked }) {
      const { _id: benchmarkId, workspaceId } = benchmark
      const abTestId = asked.abTestId ?? benchmark.abTestId
      if (abTestId === null)
        throw invalid('A benchmark of no A/B test is run with the test named: abTestId', 'abTestId')
      const [variantIds, metricIds] = [[...new Set(asked.variantIds)], [...new Set(asked.metricIds)]]
      const production = await tests.productionVariantOf(workspaceId, abTestId)
      await checkVariants(workspaceId, abTestId, variantIds)
      await checkMetrics(workspaceId, abTestId, metricIds)
      const promptIds = await listPrompts(workspaceId, benchmarkId)
      const cellCount = promptIds.length * variantIds.length
      if (cellCount === 0) throw errors.benchmarkEmpty({}, { param: 'benchmarkId' })
      if (cellCount > MOST_CELLS) {
        throw invalid(`A run makes ${MOST_CELLS} calls at most, and this one would make ${cellCount}`, 'variantIds')
      }
      const runId = createId()
      const planned = [...batchCells({ runId, variantIds, promptIds }, CELLS_AT_ONCE)].map(({ cells }, batch) => {
        const ofBatch = [...new Set(cells.map(({ promptId }) => promptId))]
        return { _id: batchIdOf(runId, batch), workspaceId, runId, batch, promptIds: ofBatch, doneAt: null }
      })
      await batches.insertMissing(planned)
      const run: BenchmarkRun = {
        _id: runId,
        workspaceId,
        benchmarkId,
        abTestId,
        variantIds,
        baselineVariantId: production !== null && variantIds.includes(production) ? production : null,
        metricIds,
        concurrency,
        state: 'running',
        pausedBecause: null,
        turn: 0,
        promptCount: promptIds.length,
        cellCount,
        batchCount: planned.length,
        createdAt: clock.now(),
        createdBy,
        endedAt: null,
      }
      await runs.insert(run)
      await enqueueBatch({ workspaceId, runId, batch: 0, turn: 0 })
      return run
    },

    pause: (workspaceId, runId) => change(workspaceId, runId, 'pause'),

    async resume(workspaceId, runId) {
      const run = await change(workspaceId, runId, 'resume')
      await enqueueNext(run)
      return run
    },

    cancel: (workspaceId, runId) => change(workspaceId, runId, 'cancel'),

    async revive(workspaceIds) {
      for (const workspaceId of workspaceIds) {
        for (const run of await runs.find(workspaceId, { state: 'running' })) await enqueueNext(run)
      }
    },
  }

  async function checkVariants(workspaceId: string, abTestId: string, variantIds: readonly string[]): Promise<void> {
    if (variantIds.length === 0) throw invalid('A run asks one variant or more', 'variantIds')
    if (variantIds.length > MOST_RUN_VARIANTS) {
      throw invalid(`A run asks ${MOST_RUN_VARIANTS} variants at most`, 'variantIds')
    }
    const live = await tests.liveVariants(workspaceId, abTestId, variantIds)
    const missing = variantIds.find((id) => !live.has(id))
    if (missing !== undefined) throw errors.variantNotFound({ variantId: missing }, { param: 'variantIds' })
  }

  async function checkMetrics(workspaceId: string, abTestId: string, metricIds: readonly string[]): Promise<void> {
    if (metricIds.length > MOST_RUN_METRICS) {
      throw invalid(`A run scores by ${MOST_RUN_METRICS} metrics at most`, 'metricIds')
    }
    const metrics = new Map((await metricsOf(workspaceId, abTestId)).map((metric) => [metric.id, metric]))
    for (const metricId of metricIds) {
      const metric = metrics.get(metricId)
      if (!metric) throw errors.metricNotFound({ metricId }, { param: 'metricIds' })
      if (!metric.score && !metric.rank) {
        throw invalid(`The metric ${metric.name} takes values that others send, and scores no run`, 'metricIds')
      }
    }
  }

  async function listPrompts(workspaceId: string, benchmarkId: string): Promise<string[]> {
    const stages = [{ $sort: { position: 1 } }, { $project: { _id: 1 } }]
    return (await prompts.aggregate(workspaceId, { benchmarkId }, stages)).map(({ _id }) => contentHashOf(String(_id)))
  }

  async function enqueueNext({ _id: runId, workspaceId, turn, batchCount }: BenchmarkRun): Promise<void> {
    const [next] = await batches.find(workspaceId, { runId, doneAt: null }, { sort: { batch: 1 }, limit: 1 })
    // With nothing left the last one says that the run is complete.
    await enqueueBatch({ workspaceId, runId, turn, batch: next?.batch ?? batchCount - 1 })
  }

  async function change(workspaceId: string, runId: string, action: keyof typeof CHANGES): Promise<BenchmarkRun> {
    for (let tries = 1; ; tries += 1) {
      const run = await runs.findOne(workspaceId, { _id: runId })
      if (!run) throw errors.runNotFound({}, { param: 'runId' })
      const { state } = run
      const next = transitRun(state, action)
      if (next.type === 'refused' || tries > MOST_TRIES) {
        throw errors.runStateConflict({ wanted: CHANGES[action].word, state }, { param: 'runId' })
      }
      const endedAt = action === 'cancel' ? clock.now() : null
      const turn = run.turn + (action === 'resume' ? 1 : 0)
      const $set = { state: CHANGES[action].to, pausedBecause: null, endedAt, turn }
      const changed = await runs.update(workspaceId, { _id: runId, state, turn: run.turn }, { $set })
      if (changed) return changed
    }
  }
}

/** Somebody else changed the run at the same moment: it is looked at again. */
const MOST_TRIES = 5

const CHANGES = {
  pause: { to: 'paused', word: 'paused' },
  resume: { to: 'running', word: 'resumed' },
  cancel: { to: 'cancelled', word: 'cancelled' },
} as const satisfies Partial<Record<RunAction, { to: RunState; word: string }>>

export function batchIdOf(runId: string, batch: number): string {
  return `${runId}:${batch}`
}

function invalid(fault: string, param: string) {
  return errors.invalidRun({ fault }, { param })
}
