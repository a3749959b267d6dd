import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { CreateId } from '../../../shared/runtime/id.ts'
import type { Benchmark } from './benchmark-documents.ts'
import * as errors from './benchmarks.errors.ts'
import type { TestFacts } from './check-run.ts'
import { testBenchmarkId } from './follow-captures.ts'

export interface NewBenchmark {
  readonly name: string
  readonly abTestId: string | null
  /** Whether it is the one that collects the prompts of the test's callers. */
  readonly collectsCallers: boolean
  readonly redact: boolean
  readonly createdBy: string
}

export interface KeepBenchmarks {
  create(workspaceId: string, benchmark: NewBenchmark): Promise<Benchmark>
  /** What is null stays as it is. Prompts that are there already stay as they are. */
  update(workspaceId: string, benchmarkId: string, changes: BenchmarkChanges): Promise<Benchmark>
  /** Again it changes nothing. Its runs and results stay. */
  archive(workspaceId: string, benchmarkId: string): Promise<Benchmark>
  /** @throws benchmarkNotFound, benchmarkArchived */
  requireInUse(workspaceId: string, benchmarkId: string): Promise<Benchmark>
}

export interface BenchmarkChanges {
  readonly name: string | null
  readonly redact: boolean | null
}

interface Deps {
  readonly benchmarks: WorkspaceCollection<Benchmark>
  readonly tests: TestFacts
  readonly clock: Clock
  readonly createId: CreateId
}

export function createKeepBenchmarks({ benchmarks, tests, clock, createId }: Deps): KeepBenchmarks {
  const find = async (workspaceId: string, benchmarkId: string): Promise<Benchmark> => {
    const benchmark = await benchmarks.findOne(workspaceId, { _id: benchmarkId })
    if (!benchmark) throw errors.benchmarkNotFound({}, { param: 'benchmarkId' })
    return benchmark
  }
  const requireInUse = async (workspaceId: string, benchmarkId: string): Promise<Benchmark> => {
    const benchmark = await find(workspaceId, benchmarkId)
    if (benchmark.archivedAt !== null) throw errors.benchmarkArchived({}, { param: 'benchmarkId' })
    return benchmark
  }

  return {
    async create(workspaceId, { name, abTestId, collectsCallers, redact, createdBy }) {
      if (abTestId !== null) await tests.productionVariantOf(workspaceId, abTestId)
      else if (collectsCallers) {
        throw errors.invalidRun({ fault: 'A benchmark that collects prompts of callers names their A/B test' }, AB_TEST)
      }
      const _id = collectsCallers && abTestId !== null ? testBenchmarkId(abTestId) : createId()
      const times = { createdAt: clock.now(), archivedAt: null }
      const benchmark: Benchmark = { _id, workspaceId, name, abTestId, redact, ...times, createdBy }
      if ((await benchmarks.insertMissing([benchmark])) === 0) throw errors.benchmarkExists({}, AB_TEST)
      return benchmark
    },

    async update(workspaceId, benchmarkId, changes) {
      const { name, redact } = await requireInUse(workspaceId, benchmarkId)
      const changed = { name: changes.name ?? name, redact: changes.redact ?? redact }
      const updated = await benchmarks.update(workspaceId, { _id: benchmarkId, archivedAt: null }, { $set: changed })
      if (!updated) throw errors.benchmarkArchived({}, { param: 'benchmarkId' })
      return updated
    },

    async archive(workspaceId, benchmarkId) {
      const inUse = { _id: benchmarkId, archivedAt: null }
      const archived = await benchmarks.update(workspaceId, inUse, { $set: { archivedAt: clock.now() } })
      return archived ?? find(workspaceId, benchmarkId)
    },

    requireInUse,
  }
}

const AB_TEST = { param: 'abTestId' }
