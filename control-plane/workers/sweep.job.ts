import { sweepQueue } from '../../shared/queues/sweep.queue.ts'
import { implementJob } from './implement-job.ts'
import type { Sweep } from './sweep.ts'

/** Money first: a publish that hangs must not keep reservations from being given back. */
export function sweepJob(sweep: Sweep, others: readonly (() => Promise<void>)[]) {
  return implementJob(sweepQueue, async () => {
    await sweep.balances()
    await sweep.budgets()
    await sweep.snapshots()
    for (const mend of others) await mend()
  })
}
