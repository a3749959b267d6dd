import type { BillingService } from '../modules/billing/index.ts'
import type { BudgetsService } from '../modules/budgets/index.ts'
import { checkpointLedgersQueue } from '../../shared/queues/checkpoint-ledgers.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'
import type { RunRound } from './rounds.ts'

interface CheckpointDeps {
  readonly billing: Pick<BillingService, 'keepCheckpoint'>
  readonly budgets: Pick<BudgetsService, 'foldOld'>
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly runRound: RunRound
  /** No more workspaces are begun after so long. */
  readonly mostMs?: number
}

const MOST_MS = 5_000

/** Adds up what has come into the books, and what of them is old. */
export function checkpointLedgersJob({
  billing,
  budgets,
  listWorkspaceIds,
  runRound,
  mostMs = MOST_MS,
}: CheckpointDeps) {
  return implementJob(checkpointLedgersQueue, async () => {
    const round = { name: 'checkpoint-ledgers', ids: await listWorkspaceIds(), mostMs }
    const isDone = await runRound(round, async (workspaceId) => void (await billing.keepCheckpoint(workspaceId)))
    if (!isDone) throw new RunLater(0)
    await budgets.foldOld()
  })
}
