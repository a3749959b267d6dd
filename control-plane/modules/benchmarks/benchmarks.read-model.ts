import { toPage, type Page, type PageRequest } from '../../api/page.ts'
import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import {
  PROMPT_SOURCES,
  RUN_STATES,
  type Benchmark,
  type BenchmarkRun,
  type CellResult,
  type RunBatch,
  type StoredPrompt,
} from './benchmark-documents.ts'
import { benchmarkNotFound, runNotFound } from './benchmarks.errors.ts'
import { CALL_MEASURES, compareRun, type MeasuredResult, type RunComparison } from './compare-run.ts'
import { createReadResults, type PromptResults } from './read-results.ts'
import { createReadRunEvidence, type RunEvidenceCell } from './read-run-evidence.ts'

export { PROMPT_SOURCES, RUN_STATES }
export type { Benchmark, BenchmarkRun, CellResult, PromptResults, StoredPrompt }

export interface BenchmarkFilter {
  readonly abTestId?: string
  readonly includeArchived: boolean
}

/** How far a run is. It never goes back: what is answered or has failed for good stays so. */
export interface RunCounts {
  readonly answered: number
  readonly failed: number
  /** What all of its calls took from the balance. */
  readonly chargeNanodollars: number
}

export interface BenchmarksReadModel {
  /** Newest first. */
  page(workspaceId: string, filter: BenchmarkFilter, request: PageRequest): Promise<Page<Benchmark>>
  get(workspaceId: string, benchmarkId: string): Promise<Benchmark>
  /** Among some workspaces; null: it is in none of them. */
  findIn(workspaceIds: readonly string[], benchmarkId: string): Promise<Benchmark | null>
  promptCounts(workspaceId: string, benchmarkIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** In the order they were added. */
  promptsPage(workspaceId: string, benchmarkId: string, request: PageRequest): Promise<Page<StoredPrompt>>
  /** Newest first. */
  runsPage(workspaceId: string, benchmarkId: string, request: PageRequest): Promise<Page<BenchmarkRun>>
  run(workspaceId: string, runId: string): Promise<BenchmarkRun>
  runCounts(workspaceId: string, runIds: readonly string[]): Promise<ReadonlyMap<string, RunCounts>>
  /** Prompt by prompt, in the run's order; prompts nothing is known of yet have no results. */
  resultsPage(run: BenchmarkRun, request: PageRequest): Promise<Page<PromptResults>>
  compare(run: BenchmarkRun): Promise<RunComparison>
  /** Runs that were completed since then (ms), newest first. */
  completedRuns(workspaceId: string, since: number, limit: number): Promise<BenchmarkRun[]>
  /** What a run teaches of models, by metric. */
  runEvidence(run: BenchmarkRun): Promise<RunEvidenceCell[]>
}

interface Deps {
  readonly benchmarks: WorkspaceCollection<Benchmark>
  readonly prompts: WorkspaceCollection<StoredPrompt>
  readonly runs: WorkspaceCollection<BenchmarkRun>
  readonly batches: WorkspaceCollection<RunBatch>
  readonly results: WorkspaceCollection<CellResult>
}

export function createBenchmarksReadModel({ benchmarks, prompts, runs, batches, results }: Deps): BenchmarksReadModel {
  return {
    page: (workspaceId, filter, request) => readPage(benchmarks, { workspaceId, filter, request }),

    async get(workspaceId, benchmarkId) {
      const found = await benchmarks.findOne(workspaceId, { _id: benchmarkId })
      if (!found) throw benchmarkNotFound({}, { param: 'benchmarkId' })
      return found
    },

    findIn: (workspaceIds, benchmarkId) => benchmarks.findOneIn(workspaceIds, { _id: benchmarkId }),

    async promptCounts(workspaceId, benchmarkIds) {
      const counted = [{ $group: { _id: '$benchmarkId', count: { $sum: 1 } } }]
      const rows = await prompts.aggregate(workspaceId, { benchmarkId: { $in: [...benchmarkIds] } }, counted)
      return new Map(rows.map((row) => [String(row['_id']), Number(row['count'])]))
    },

    async promptsPage(workspaceId, benchmarkId, { first, after }) {
      const conditions = { benchmarkId, ...(after === null ? {} : { position: { $gt: after } }) }
      return toPage(await prompts.find(workspaceId, conditions, { sort: { position: 1 }, limit: first + 1 }), first)
    },

    async runsPage(workspaceId, benchmarkId, { first, after }) {
      const conditions = { benchmarkId, ...before(after) }
      return toPage(await runs.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 }), first)
    },

    async run(workspaceId, runId) {
      const found = await runs.findOne(workspaceId, { _id: runId })
      if (!found) throw runNotFound({}, { param: 'runId' })
      return found
    },

    async runCounts(workspaceId, runIds) {
      const rows = await results.aggregate(workspaceId, { runId: { $in: [...runIds] } }, [COUNTED])
      return new Map(rows.map((row) => [String(row['_id']), toCounts(row)]))
    },

    resultsPage: createReadResults({ prompts, batches, results }),

    completedRuns(workspaceId, since, limit) {
      const completed = { state: 'completed', endedAt: { $gte: since } }
      return runs.find(workspaceId, completed, { sort: { _id: -1 }, limit })
    },

    runEvidence: createReadRunEvidence({ prompts, results }),

    compare: async (run) => compareRun(run, await measured(results, run)),
  }
}

interface PageQuery {
  readonly workspaceId: string
  readonly filter: BenchmarkFilter
  readonly request: PageRequest
}

async function readPage(
  benchmarks: WorkspaceCollection<Benchmark>,
  { workspaceId, filter: { abTestId, includeArchived }, request: { first, after } }: PageQuery,
): Promise<Page<Benchmark>> {
  const conditions = {
    ...(abTestId === undefined ? {} : { abTestId }),
    ...(includeArchived ? {} : { archivedAt: null }),
    ...before(after),
  }
  return toPage(await benchmarks.find(workspaceId, conditions, { sort: { _id: -1 }, limit: first + 1 }), first)
}

async function measured(
  results: WorkspaceCollection<CellResult>,
  { workspaceId, _id: runId }: BenchmarkRun,
): Promise<MeasuredResult[]> {
  const fields = ['promptId', 'variantId', 'scores', ...CALL_MEASURES].map((field) => [field, 1])
  const stages = [{ $sort: { promptId: 1 } }, { $project: { _id: 0, ...Object.fromEntries(fields) } }]
  const rows = await results.aggregate(workspaceId, { runId, outcome: 'answered' }, stages)
  return rows as unknown as MeasuredResult[]
}

const has = (outcome: string): object => ({ $sum: { $cond: [{ $eq: ['$outcome', outcome] }, 1, 0] } })
const charge = { $sum: '$chargeNanodollars' }
const COUNTED = { $group: { _id: '$runId', answered: has('answered'), failed: has('failed'), charge } }

function toCounts(row: Record<string, unknown>): RunCounts {
  const { answered, failed, charge: charged } = row
  return { answered: Number(answered), failed: Number(failed), chargeNanodollars: Number(charged) }
}

function before(position: string | null): object {
  return position === null ? {} : { _id: { $lt: position } }
}
