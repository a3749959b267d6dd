import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { createAskCell, type AskedCell } from './ask-cell.ts'
import type { BenchmarkRun, CellResult } from './benchmark-documents.ts'
import type { CallCell } from './call-cell.ts'

interface Deps {
  readonly runs: WorkspaceCollection<BenchmarkRun>
  readonly results: WorkspaceCollection<CellResult>
  readonly callCell: CallCell
  readonly clock: Clock
}

interface AskingOptions {
  readonly open: readonly AskedCell[]
  /** After this no new call begins, by the monotonic clock. */
  readonly endMs: number
}

/**
 * Asks for cells, as many at a time as the run says, until it is paused or the time is up. Gives the cells whose results
 * are on their way or that failed for good, and how long the others want to wait.
 */
export function createAskCells({ runs, results, callCell, clock }: Deps) {
  const askCell = createAskCell({ runs, results, callCell, clock })

  return async (run: BenchmarkRun, { open, endMs }: AskingOptions) => {
    const asked = { stopped: false, answered: new Set<string>(), waits: [] as number[] }
    const queue = [...open]
    const asker = async (): Promise<void> => {
      for (let next = queue.shift(); next && !asked.stopped; next = queue.shift()) {
        if (clock.monotonicMs() > endMs) return void asked.waits.push(0)
        asked.stopped ||= !(await goesOn(run))
        if (asked.stopped) return
        const waitMs = await askCell(run, next)
        if (waitMs === null) asked.answered.add(next.cell.id)
        else asked.waits.push(waitMs)
      }
    }
    await Promise.all(Array.from({ length: run.concurrency }, asker))
    return asked
  }

  async function goesOn({ _id, workspaceId, turn }: BenchmarkRun): Promise<boolean> {
    const run = await runs.findOne(workspaceId, { _id })
    return run?.state === 'running' && run.turn === turn
  }
}
