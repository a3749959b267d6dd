import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Logger } from '../../../shared/runtime/logger.ts'
import type { Generation } from '../../../shared/queues/generations.queue.ts'
import { addFromGenerations, type CallFilter, type FindCalls, type FromGenerations } from './add-from-generations.ts'
import { createAddPrompts } from './add-prompts.ts'
import { addUpload, type UploadOutcome } from './add-upload.ts'
import type { Benchmark, BenchmarkRun, CellResult, RunBatch, StoredPrompt } from './benchmark-documents.ts'
import { createKeepBenchmarks, type KeepBenchmarks } from './keep-benchmarks.ts'
import type { CallCell } from './call-cell.ts'
import { createCheckRun, type TestFacts } from './check-run.ts'
import { createControlRun, type BatchPointer, type ControlRun } from './control-run.ts'
import { createStartRun, type NewRun } from './start-run.ts'
import { createFollowCaptures } from './follow-captures.ts'
import { createFollowResults } from './follow-results.ts'
import { createRunBatch, type RunBatchWork } from './run-batch.ts'
import type { MetricsOf } from './run-metrics.ts'
import { createScoreResults } from './score-results.ts'
import type { UploadFormat } from './upload-format.ts'

export interface BenchmarksService {
  readonly benchmarks: KeepBenchmarks
  readonly runs: ControlRun
  startRun(
    workspaceId: string,
    run: Omit<NewRun, 'benchmark'> & { readonly benchmarkId: string },
  ): Promise<BenchmarkRun>
  /** Adds the prompts of a file while it arrives; bad rows are reported. */
  addUpload(workspaceId: string, upload: BenchmarkUpload): Promise<UploadOutcome>
  addFromGenerations(workspaceId: string, request: GenerationsRequest): Promise<FromGenerations>
  /** Adds prompts that calls were captured for, and writes the results of runs. */
  followGenerations(generations: readonly Generation[]): Promise<void>
  /** The work of one `run-benchmark` job. */
  readonly runBatch: RunBatchWork
}

export interface BenchmarkUpload {
  readonly benchmarkId: string
  readonly stream: AsyncIterable<Uint8Array>
  readonly format: UploadFormat
}

export interface GenerationsRequest {
  readonly benchmarkId: string
  readonly filter: CallFilter
  readonly limit: number
}

export interface BenchmarkCollections {
  readonly benchmarks: WorkspaceCollection<Benchmark>
  readonly prompts: WorkspaceCollection<StoredPrompt>
  readonly runs: WorkspaceCollection<BenchmarkRun>
  readonly batches: WorkspaceCollection<RunBatch>
  readonly results: WorkspaceCollection<CellResult>
}

export interface BenchmarkNeighbours {
  readonly tests: TestFacts
  readonly metricsOf: MetricsOf
  readonly findCalls: FindCalls
  readonly enqueueBatch: (pointer: BatchPointer) => Promise<void>
}

interface Deps extends BenchmarkCollections, BenchmarkNeighbours {
  readonly callCell: CallCell
  readonly clock: Clock
  readonly createId: CreateId
  readonly logger: Logger
}

export function createBenchmarksService(deps: Deps): BenchmarksService {
  const addPrompts = createAddPrompts(deps)
  const benchmarks = createKeepBenchmarks(deps)
  const start = createStartRun({ ...deps, checkRun: createCheckRun(deps) })
  const followCaptures = createFollowCaptures({ ...deps, addPrompts })
  const followResults = createFollowResults(deps)
  return {
    benchmarks,
    runs: createControlRun(deps),
    startRun: async (workspaceId, { benchmarkId, ...run }) =>
      start({ ...run, benchmark: await benchmarks.requireInUse(workspaceId, benchmarkId) }),
    addUpload: async (workspaceId, { benchmarkId, ...upload }) =>
      addUpload(addPrompts, { ...upload, benchmark: await benchmarks.requireInUse(workspaceId, benchmarkId) }),
    addFromGenerations: async (workspaceId, { benchmarkId, ...request }) => {
      const benchmark = await benchmarks.requireInUse(workspaceId, benchmarkId)
      return addFromGenerations({ findCalls: deps.findCalls, addPrompts }, { ...request, benchmark })
    },
    followGenerations: async (generations) => {
      await followCaptures(generations)
      await followResults(generations)
    },
    runBatch: createRunBatch({ ...deps, scoreResults: createScoreResults(deps) }),
  }
}
