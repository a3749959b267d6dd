import type { KeepContents } from '../modules/request-logs/index.ts'
import { shortenContentsQueue } from '../../shared/queues/shorten-contents.queue.ts'
import { implementJob, RunLater } from './implement-job.ts'
import type { RunRound } from './rounds.ts'

interface Deps {
  readonly contents: Pick<KeepContents, 'shorten'>
  readonly listWorkspaceIds: () => Promise<string[]>
  readonly runRound: RunRound
}

const MOST_MS = 5_000

/** May run at any time, in several workers at once. */
export function shortenContentsJob({ contents, listWorkspaceIds, runRound }: Deps) {
  return implementJob(shortenContentsQueue, async () => {
    const round = { name: 'shorten-contents', ids: await listWorkspaceIds(), mostMs: MOST_MS }
    const isDone = await runRound(round, async (workspaceId) => void (await contents.shorten(workspaceId)))
    if (!isDone) throw new RunLater(0)
  })
}
