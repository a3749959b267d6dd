import type { UsageService } from '../modules/usage/index.ts'
import { rollUpUsageQueue } from '../../shared/queues/roll-up-usage.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'
import type { RunRound } from './rounds.ts'

interface Deps {
  readonly usage: Pick<UsageService, 'dirtyWorkspaces' | 'rollUp'>
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly runRound: RunRound
}

/** So many are asked about in one query. */
const ASKED_AT_ONCE = 500
const MOST_MS = 5_000
/** Each holds thousands of calls in memory while it adds them up. */
const ROLLED_UP_AT_ONCE = 2

/** May run at any time, in several workers at once. */
export function rollUpUsageJob({ usage, listWorkspaceIds, runRound }: Deps) {
  return implementJob(rollUpUsageQueue, async () => {
    const round = { name: 'roll-up-usage', ids: await listDirty(), mostMs: MOST_MS, atOnce: ROLLED_UP_AT_ONCE }
    const isDone = await runRound(round, (workspaceId) => usage.rollUp(workspaceId))
    if (!isDone) throw new RunLater(0)
  })

  async function listDirty(): Promise<string[]> {
    const workspaceIds = await listWorkspaceIds()
    const dirty: string[] = []
    for (let first = 0; first < workspaceIds.length; first += ASKED_AT_ONCE) {
      dirty.push(...(await usage.dirtyWorkspaces(workspaceIds.slice(first, first + ASKED_AT_ONCE))))
    }
    return dirty
  }
}
