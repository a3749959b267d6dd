import type { BenchmarksService } from '../modules/benchmarks/index.ts'
import { runBenchmarkQueue } from '../../shared/queues/evaluations.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'

/** A run must not end because its workers died often. */
const NEVER = 1_000_000

/** Each run has one batch under way, with as many calls at a time as it says; this many runs go on side by side. */
export function runBenchmarkJob({ runBatch }: BenchmarksService) {
  return implementJob(
    runBenchmarkQueue,
    async (pointer) => {
      const progress = await runBatch(pointer)
      if (progress.type === 'later') throw new RunLater(progress.waitMs)
    },
    { concurrency: 8, maxStalledCount: NEVER },
  )
}
