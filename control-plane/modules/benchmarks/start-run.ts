import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import { contentHashOf } from './add-prompts.ts'
import type { Benchmark, BenchmarkRun, RunBatch, StoredPrompt } from './benchmark-documents.ts'
import { benchmarkEmpty, invalidRun } from './benchmarks.errors.ts'
import type { CheckRun } from './check-run.ts'
import { batchIdOf, type BatchPointer } from './control-run.ts'
import { CELLS_AT_ONCE, MOST_CELLS } from './run-limits.ts'
import { batchCells, type RunPlan } from './run-plan.ts'

export interface NewRun {
  readonly benchmark: Benchmark
  /** Null: the benchmark's own. */
  readonly abTestId: string | null
  readonly variantIds: readonly string[]
  readonly metricIds: readonly string[]
  readonly concurrency: number
  readonly createdBy: string
}

/** Fixes what a run asks, and has it begin. Prompts that are added later are not part of it. */
export type StartRun = (run: NewRun) => Promise<BenchmarkRun>

interface Deps {
  readonly prompts: WorkspaceCollection<StoredPrompt>
  readonly runs: WorkspaceCollection<BenchmarkRun>
  readonly batches: WorkspaceCollection<RunBatch>
  readonly checkRun: CheckRun
  readonly enqueueBatch: (pointer: BatchPointer) => Promise<void>
  readonly clock: Clock
  readonly createId: CreateId
}

export function createStartRun({ prompts, runs, batches, checkRun, enqueueBatch, clock, createId }: Deps): StartRun {
  return async ({ benchmark, concurrency, createdBy, ...asked }) => {
    const { _id: benchmarkId, workspaceId } = benchmark
    const abTestId = asked.abTestId ?? benchmark.abTestId
    if (abTestId === null) throw invalidRun({ fault: NO_TEST }, { param: 'abTestId' })
    const [variantIds, metricIds] = [[...new Set(asked.variantIds)], [...new Set(asked.metricIds)]]
    const { baselineVariantId } = await checkRun(workspaceId, { abTestId, variantIds, metricIds })
    const promptIds = await listPrompts(workspaceId, benchmarkId)
    const cellCount = checkSize(promptIds.length * variantIds.length)
    const runId = createId()
    // First the work, then the run: one that dies in between leaves nothing that would never end.
    const planned = batchesOf(workspaceId, { runId, variantIds, promptIds })
    await batches.insertMissing(planned)
    const run: BenchmarkRun = {
      _id: runId,
      workspaceId,
      benchmarkId,
      abTestId,
      variantIds,
      baselineVariantId,
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
  }

  async function listPrompts(workspaceId: string, benchmarkId: string): Promise<string[]> {
    const stages = [{ $sort: { position: 1 } }, { $project: { _id: 1 } }]
    return (await prompts.aggregate(workspaceId, { benchmarkId }, stages)).map(({ _id }) => contentHashOf(String(_id)))
  }
}

const NO_TEST = 'A benchmark of no A/B test is run with the test named: abTestId'

function checkSize(cellCount: number): number {
  if (cellCount === 0) throw benchmarkEmpty({}, { param: 'benchmarkId' })
  if (cellCount <= MOST_CELLS) return cellCount
  const fault = `A run makes ${MOST_CELLS} calls at most, and this one would make ${cellCount}`
  throw invalidRun({ fault }, { param: 'variantIds' })
}

function batchesOf(workspaceId: string, plan: RunPlan): RunBatch[] {
  const { runId } = plan
  return [...batchCells(plan, CELLS_AT_ONCE)].map(({ cells }, batch) => {
    const promptIds = [...new Set(cells.map(({ promptId }) => promptId))]
    return { _id: batchIdOf(runId, batch), workspaceId, runId, batch, promptIds, doneAt: null }
  })
}
