import { setTimeout } from 'node:timers/promises'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { AskedCell } from './ask-cell.ts'
import { createAskCells } from './ask-cells.ts'
import type { BenchmarkRun, CellResult, RunBatch, StoredPrompt } from './benchmark-documents.ts'
import type { CallCell } from './call-cell.ts'
import { batchIdOf, type BatchPointer } from './control-run.ts'
import { contentHashOf, promptIdOf } from './add-prompts.ts'
import { planRun, type PlannedCell } from './run-plan.ts'
import type { ScoreResults } from './score-results.ts'

/** What became of a batch; the worker comes again when it says `later`. */
export type BatchProgress = { readonly type: 'over' } | { readonly type: 'later'; readonly waitMs: number }

/** The work of one `run-benchmark` job. It may be done twice, or by two at once: no cell is answered twice. */
export type RunBatchWork = (pointer: BatchPointer) => Promise<BatchProgress>

interface Deps {
  readonly prompts: WorkspaceCollection<StoredPrompt>
  readonly runs: WorkspaceCollection<BenchmarkRun>
  readonly batches: WorkspaceCollection<RunBatch>
  readonly results: WorkspaceCollection<CellResult>
  readonly callCell: CallCell
  readonly scoreResults: ScoreResults
  readonly enqueueBatch: (pointer: BatchPointer) => Promise<void>
  readonly clock: Clock
}

/** After this long no new call begins: a worker that is told to stop does not wait for fifty calls. */
const SLICE_MS = 2_000
/** A call's record is some tenths of a second behind its answer, unless the database or Redis is away. */
const RECORDS_LOOK_MS = 50
const RECORDS_LIMIT_MS = 3_000
const RECORDS_WAIT_MS = 250

export function createRunBatch(deps: Deps): RunBatchWork {
  const { prompts, runs, batches, results, scoreResults, enqueueBatch, clock } = deps
  const askCells = createAskCells(deps)

  return async (pointer) => {
    const { workspaceId, runId, batch, turn } = pointer
    const run = await runs.findOne(workspaceId, { _id: runId })
    const work = await batches.findOne(workspaceId, { _id: batchIdOf(runId, batch) })
    if (!run || !work || run.state !== 'running' || run.turn !== turn) return OVER
    if (work.doneAt === null) {
      const progress = await workOn(run, work)
      if (progress !== 'done') return progress
      await batches.update(workspaceId, { _id: work._id }, { $set: { doneAt: clock.now() } })
    }
    // A worker that dies before this comes again, and finds what it had done.
    await goOn(run)
    return OVER
  }

  async function workOn(run: BenchmarkRun, { promptIds }: RunBatch): Promise<BatchProgress | 'done'> {
    const { _id: runId, workspaceId, variantIds } = run
    const ids = promptIds.map((hash) => promptIdOf(run.benchmarkId, hash))
    const found = await prompts.find(workspaceId, { _id: { $in: ids } })
    const byId = new Map(found.map((prompt) => [contentHashOf(prompt._id), prompt]))
    const cells = [...planRun({ runId, variantIds, promptIds })]
    const known = new Map((await resultsOf(run, cells)).map((result) => [result._id, result]))
    const open = cells.flatMap((cell): AskedCell[] => {
      const prompt = byId.get(cell.promptId)
      const result = known.get(cell.id) ?? null
      const isOpen = result === null || result.outcome === null
      return prompt && isOpen ? [{ cell, prompt, result }] : []
    })
    const { stopped, answered, waits } = await askCells(run, { open, endMs: clock.monotonicMs() + SLICE_MS })
    if (stopped) return OVER
    const done = await whenRecorded(run, cells, answered)
    if (done.length < cells.length) return later(waits.length > 0 ? Math.min(...waits) : RECORDS_WAIT_MS)
    const waitMs = await scoreResults(run, { prompts: byId, results: done, until: clock.monotonicMs() + SLICE_MS })
    return waitMs === null ? 'done' : later(waitMs)
  }

  /** The results that are there once those of some cells are, or did not come in time. */
  async function whenRecorded(run: BenchmarkRun, cells: readonly PlannedCell[], expected: ReadonlySet<string>) {
    const endMs = clock.monotonicMs() + RECORDS_LIMIT_MS
    for (;;) {
      const done = (await resultsOf(run, cells)).filter(({ outcome }) => outcome !== null)
      const there = new Set(done.map(({ _id }) => _id))
      if ([...expected].every((id) => there.has(id)) || clock.monotonicMs() > endMs) return done
      await setTimeout(RECORDS_LOOK_MS)
    }
  }

  async function goOn({ _id: runId, workspaceId, turn }: BenchmarkRun): Promise<void> {
    const [next] = await batches.find(workspaceId, { runId, doneAt: null }, { sort: { batch: 1 }, limit: 1 })
    if (next) return enqueueBatch({ workspaceId, runId, turn, batch: next.batch })
    const completed = { $set: { state: 'completed', endedAt: clock.now() } }
    await runs.update(workspaceId, { _id: runId, state: 'running' }, completed)
  }

  function resultsOf({ workspaceId, _id: runId }: BenchmarkRun, cells: readonly PlannedCell[]): Promise<CellResult[]> {
    return results.find(workspaceId, { runId, _id: { $in: cells.map(({ id }) => id) } })
  }
}

const OVER: BatchProgress = { type: 'over' }

/** What waits for others does not look more often than this. */
const SHORTEST_WAIT_MS = 20

function later(waitMs: number): BatchProgress {
  return { type: 'later', waitMs: Math.max(SHORTEST_WAIT_MS, waitMs) }
}
